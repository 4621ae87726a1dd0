import { describe, expect, it } from 'vitest';
import { fullName, initialWorld, organisations, people } from './world.ts';

const weights = {
  first: [3, 7, 6, 1, 8, 9, 4, 5, 2],
  second: [5, 4, 3, 2, 7, 6, 5, 4, 3, 2],
  organisation: [3, 2, 7, 6, 5, 4, 3, 2],
};

function checkDigit(digits: string, weighing: number[]): number {
  const sum = weighing.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return (11 - (sum % 11)) % 11;
}

function workersOf(business: string, status: 'now' | 'all'): string[] {
  return initialWorld.employments
    .filter((one) => one.employer === business)
    .filter((one) => status === 'all' || (one.from <= '2026-11-24' && one.to === null))
    .map((one) => one.nationalId);
}

describe('the synthetic world', () => {
  it('has only synthetic national identity numbers with right check digits, each once', () => {
    const numbers = initialWorld.people.map((one) => one.nationalId);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) {
      expect(Number(number.slice(2, 4)), number).toBeGreaterThan(80);
      expect(Number(number.slice(2, 4)), number).toBeLessThan(93);
      expect(checkDigit(number, weights.first), number).toBe(Number(number[9]));
      expect(checkDigit(number, weights.second), number).toBe(Number(number[10]));
    }
  });

  it('has only valid organisation numbers, each once', () => {
    const all = [...initialWorld.businesses, ...initialWorld.units].map((one) => one.organisationNumber);
    expect(new Set(all).size).toBe(all.length);
    for (const number of all) {
      expect(number).toMatch(/^310\d{6}$/);
      expect(checkDigit(number, weights.organisation), number).toBe(Number(number[8]));
    }
    expect(Object.values(organisations).toSorted()).toEqual(all.toSorted());
  });

  it('lets every role and employment point at someone who exists', () => {
    const known = new Set(initialWorld.people.map((one) => one.nationalId));
    const held = initialWorld.roles.flatMap((one) => (one.nationalId === undefined ? [] : [one.nationalId]));
    const employed = initialWorld.employments.map((one) => one.nationalId);
    for (const number of [...held, ...employed, ...Object.values(people)]) expect(known).toContain(number);
  });

  it('has forty current workers in BLÅ HAMMER AS over two units, one ended and one to come', () => {
    expect(workersOf(organisations.blueHammer, 'now')).toHaveLength(40);
    expect(workersOf(organisations.blueHammer, 'all')).toHaveLength(42);
    const units = new Set(
      initialWorld.employments
        .filter((one) => one.employer === organisations.blueHammer)
        .map((one) => one.unit),
    );
    expect([...units].toSorted()).toEqual([organisations.blueHammerOslo, organisations.blueHammerTromso]);
  });

  it('has a name of exactly sixty characters and the letters of Norwegian, Sámi and Polish', () => {
    const long = initialWorld.people.find((one) => one.nationalId === people.longName);
    expect(long === undefined ? 0 : fullName(long).length).toBe(60);
    const letters = initialWorld.people.map(fullName).join('').toLowerCase();
    for (const letter of 'æøåčđŋšŧžáłżźćśęąó') expect(letters).toContain(letter);
  });

  it('gives everyone in the contact register an address in plain letters', () => {
    for (const { contact } of initialWorld.people) {
      if (contact.email !== undefined) expect(contact.email).toMatch(/^[a-z-]+\.[a-z-]+@example\.no$/);
      if (contact.mobile !== undefined) expect(contact.mobile).toMatch(/^\+479\d{7}$/);
    }
  });
});
