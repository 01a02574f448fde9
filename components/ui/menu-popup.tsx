'use client';
import { Menu as BaseMenu } from '@base-ui/react/menu';
import type { RefObject } from 'react';
import { Link } from './link';
import type { MenuEntry } from './menu';

/** The popup of Menu; loaded when the first one opens. The trigger lives in menu.tsx. */
export function MenuPopup({
  items,
  open,
  onOpenChange,
  trigger,
  label,
}: {
  items: MenuEntry[];
  open: boolean;
  onOpenChange: (open: boolean) => void;
  trigger: RefObject<HTMLButtonElement | null>;
  label: string;
}) {
  return (
    <BaseMenu.Root
      open={open}
      onOpenChange={(next, details) => {
        // A press on the trigger is the trigger's own business: it toggles.
        const target = details.event.target;
        if (!next && target instanceof Node && trigger.current?.contains(target)) return;
        onOpenChange(next);
      }}
    >
      <BaseMenu.Portal>
        <BaseMenu.Positioner anchor={trigger} align="end" sideOffset={4} className="z-50">
          <BaseMenu.Popup className="menu" aria-label={label} finalFocus={trigger}>
            {items.map((item) =>
              item === 'separator' ? (
                <BaseMenu.Separator key="separator" className="menu-separator" />
              ) : item.href ? (
                <BaseMenu.LinkItem key={item.key} className="menu-item" closeOnClick render={<Link href={item.href} />}>
                  {item.icon}
                  {item.label}
                </BaseMenu.LinkItem>
              ) : (
                <BaseMenu.Item
                  key={item.key}
                  className="menu-item"
                  disabled={Boolean(item.disabledReason)}
                  onClick={item.onSelect}
                >
                  {item.icon}
                  <span>
                    {item.label}
                    {item.disabledReason && <span className="block text-2xs">{item.disabledReason}</span>}
                  </span>
                </BaseMenu.Item>
              ),
            )}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}
