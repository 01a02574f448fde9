import type { ReactNode } from 'react';
import { cx } from './cx';

export interface Column<Row> {
  key: string;
  header: ReactNode;
  /** Label of the cell where rows are cards; the header when it is text. */
  label?: string;
  numeric?: boolean;
  className?: string;
  renderCell: (row: Row) => ReactNode;
}

/**
 * A table of rows. The first column names the row. `cards`: below 1041 px each row becomes a card with labels;
 * otherwise the table scrolls sideways inside its card.
 */
export function Table<Row>({
  caption,
  columns,
  rows,
  rowKey,
  cards = true,
  className,
}: {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  cards?: boolean;
  className?: string;
}) {
  const table = (
    <table className={cx('table', cards && 'table-cards', className)}>
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" className={cx(column.numeric && 'num', column.className)}>
              {column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column, index) => {
              const label = column.label ?? (typeof column.header === 'string' ? column.header : undefined);
              const className = cx(column.numeric && 'num', column.className);
              return index === 0 ? (
                <th key={column.key} scope="row" className={cx('font-normal', className)}>
                  {column.renderCell(row)}
                </th>
              ) : (
                <td key={column.key} className={className} data-label={label}>
                  {column.renderCell(row)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
  if (cards) return table;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region must be reachable by keyboard
    <section className="overflow-x-auto" aria-label={caption} tabIndex={0}>
      {table}
    </section>
  );
}
