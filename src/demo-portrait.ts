import { createHash } from 'node:crypto';
import sharp from 'sharp';

const SKIN = ['#f3d3bb', '#e6b596', '#c98e66', '#9c6644', '#6f4428'] as const;
const HAIR = ['#2b211c', '#5b3a21', '#a8703a', '#d9b46a', '#8d8d8d'] as const;
const CLOTHES = ['#b4521f', '#1f5f8b', '#3f6b35', '#6a3d7a', '#44505c'] as const;

/** A portrait in JPEG, drawn and of nobody: the same name is always the same face. */
export function drawPortrait(name: string): Promise<Buffer> {
  const drawn = createHash('shake256', { outputLength: 76 }).update(name).digest();
  const [skin = 0, hair = 0, clothes = 0, length = 0] = drawn;
  const colors = { skin: pick(SKIN, skin), hair: pick(HAIR, hair), clothes: pick(CLOTHES, clothes) };
  return sharp(Buffer.from(face(colors, length % 2 === 0, wall(drawn.subarray(4)), (hair % 9) * 12 - 48)))
    .jpeg({ quality: 90 })
    .toBuffer();
}

function pick(colors: readonly string[], byte: number): string {
  return colors[byte % colors.length] ?? '#888888';
}

/** The uneven light on the wall behind: no two people are photographed alike, and the review compares photos. */
function wall(bytes: Uint8Array): string {
  const spots = Array.from(bytes, (byte, index) => {
    const [x, y] = [(index % 9) * 54, Math.floor(index / 9) * 80];
    const grey = 195 + (byte % 58);
    return `<rect x="${x}" y="${y}" width="54" height="80" fill="rgb(${grey},${grey},${grey})"/>`;
  });
  return spots.join('');
}

function face(
  colors: { skin: string; hair: string; clothes: string },
  longHair: boolean,
  background: string,
  aside: number,
): string {
  const { skin, hair, clothes } = colors;
  const back = longHair ? `<rect x="148" y="190" width="184" height="250" rx="70" fill="${hair}"/>` : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="640">
    <rect width="480" height="640" fill="#e4e9ee"/>
    ${background}
    <g transform="translate(${aside} 0)">
    ${back}
    <path d="M60 640c0-130 70-190 180-190s180 60 180 190z" fill="${clothes}"/>
    <path d="M200 380h80v80q-40 50-80 0z" fill="${skin}"/>
    <ellipse cx="240" cy="280" rx="92" ry="122" fill="${skin}"/>
    <path d="M142 270c-8-90 40-136 98-136s106 46 98 136c-14-50-44-74-98-74s-84 24-98 74z" fill="${hair}"/>
    <circle cx="206" cy="276" r="9" fill="#26211e"/><circle cx="274" cy="276" r="9" fill="#26211e"/>
    <path d="M240 290v34" stroke="#00000033" stroke-width="8" stroke-linecap="round"/>
    <path d="M210 352q30 20 60 0" stroke="#8c3b34" stroke-width="8" fill="none" stroke-linecap="round"/>
    </g>
  </svg>`;
}

/** The picture of an identity document, drawn and of nobody, with the same face as `drawPortrait`. */
export async function drawDocument(name: string): Promise<Buffer> {
  const portrait = await sharp(await drawPortrait(name))
    .resize(240, 320)
    .toBuffer();
  const page = `<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="700">
    <rect width="1000" height="700" rx="24" fill="#f4efe4"/>
    <rect x="40" y="40" width="920" height="70" fill="#7a2330"/>
    ${[200, 280, 360, 440].map((y) => `<rect x="340" y="${y}" width="${y + 180}" height="30" fill="#8d8674"/>`).join('')}
    ${[580, 630].map((y) => `<rect x="40" y="${y}" width="920" height="26" fill="#33312c"/>`).join('')}
  </svg>`;
  return sharp(Buffer.from(page))
    .composite([{ input: portrait, left: 60, top: 170 }])
    .jpeg({ quality: 90 })
    .toBuffer();
}
