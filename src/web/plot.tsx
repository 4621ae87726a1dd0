type Look = 'price' | 'fee';

type PlotProps = {
  /** What it shows, for whoever does not see it; a table beside it has to say the same in numbers. */
  readonly label: string;
  /** The parts of a bar, in their order; named under the plot where there are several. */
  readonly parts: readonly { readonly look: Look; readonly name: string }[];
  readonly rows: readonly PlotRow[];
  /** Room for the rows' labels, of a width of 480. */
  readonly labelWidth: number;
};

export type PlotRow = {
  readonly label: string;
  /** Not below 0, as many as there are parts. Nothing is drawn for undefined. */
  readonly values: readonly (number | undefined)[];
};

const BAR = 28;
const GAP = 14;
const WIDTH = 480;

/** Bars under each other, the longest as wide as there is room. */
export function BarPlot({ label, parts, rows, labelWidth }: PlotProps) {
  const sum = ({ values }: PlotRow) => values.reduce<number>((total, value) => total + (value ?? 0), 0);
  const most = Math.max(...rows.map(sum), 1);
  const width = (value: number) => Math.round(((WIDTH - labelWidth) * value) / most);
  return (
    <figure class="plot">
      <svg
        viewBox={`0 0 ${String(WIDTH)} ${String(rows.length * (BAR + GAP))}`}
        role="img"
        aria-label={label}
      >
        {rows.map((row, index) => {
          const y = index * (BAR + GAP);
          let x = labelWidth;
          return (
            <>
              <text x="0" y={y + BAR * 0.7}>
                {row.label}
              </text>
              {row.values.map((value = 0, part) => {
                const bar = { x, width: width(value) };
                x += bar.width;
                return <rect class={parts[part]?.look} x={bar.x} y={y} width={bar.width} height={BAR} />;
              })}
            </>
          );
        })}
      </svg>
      {parts.length === 1 ? null : (
        <figcaption>
          {parts.map(({ look, name }) => (
            <>
              <span class={`key ${look}`} /> {name}{' '}
            </>
          ))}
        </figcaption>
      )}
    </figure>
  );
}
