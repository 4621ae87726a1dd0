/** The card types of the four sectors. */
export const CARD_TYPES = ['construction', 'cleaning', 'car-care', 'goods-transport'] as const;
export type CardType = (typeof CARD_TYPES)[number];
