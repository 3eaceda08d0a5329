/** What the SDK writes by itself where nobody asked for it: menus that hide links and markers, and fields of variables of other kinds. */
const UNASKED: Readonly<Record<string, unknown>> = {
  placement: 'inControlsMenu',
  builtIn: 0,
  auto: false,
  auto_min: '10s',
  auto_count: 30,
};

/** Of tables: since 12 it is another setting, and no version's schema has this one. */
const FOOTER = 'footer';

/** The same content without what the SDK adds unasked. */
export function plain(content: unknown): unknown {
  if (Array.isArray(content)) return content.map(plain);
  if (typeof content !== 'object' || content === null) return content;
  return Object.fromEntries(
    Object.entries(content)
      .filter(([key, value]) => key !== FOOTER && !(key in UNASKED && UNASKED[key] === value))
      .map(([key, value]) => [key, plain(value)]),
  );
}
