/** A Norwegian account number: eleven digits, the last of which is a control digit of MOD11. */
export function isAccountNumber(text: string): boolean {
  if (!/^[0-9]{11}$/u.test(text)) return false;
  const weights = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
  const sum = weights.reduce((total, weight, index) => total + weight * Number(text[index]), 0);
  return (11 - (sum % 11)) % 11 === Number(text[10]);
}
