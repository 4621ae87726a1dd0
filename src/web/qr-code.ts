import QRCode from 'qrcode';

/** A QR code with the quiet zone that scanners need, at error correction M. */
const options = { errorCorrectionLevel: 'M', margin: 4 } as const;

/** The address as a QR code, in SVG. */
export function qrCodeSvg(address: string): Promise<string> {
  return QRCode.toString(address, { ...options, type: 'svg' });
}

/** The address as a QR code, in PNG, for print: twelve dots for each module. */
export function qrCodePng(address: string): Promise<Buffer> {
  return QRCode.toBuffer(address, { ...options, type: 'png', scale: 12 });
}
