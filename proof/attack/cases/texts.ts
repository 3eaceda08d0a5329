/** So many texts, one after the other. */
export const times = (count: number, text: (index: number) => string, between = ' '): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(between);

export const inside = (levels: number, open: string, core: string, close: string): string =>
  `${open.repeat(levels)}${core}${close.repeat(levels)}`;

/** JSON that deep, made without ever being an object here. */
export const deepJson = (levels: number): string => inside(levels, '[', '', ']');
