'use client';
import { Check, Copy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { Button, IconButton } from './button';

/** Copies `text`; says so for two seconds. With `label` a small button with words, else an icon. */
export function CopyButton({ text, label, name }: { text: string; label?: string; name?: string }) {
  const t = useTranslations('common');
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  const icon = copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />;
  const says = <output className="sr-only">{copied ? t('copied') : ''}</output>;
  if (label) {
    return (
      <>
        <Button size="small" icon={icon} onClick={copy}>
          {copied ? t('copied') : label}
        </Button>
        {says}
      </>
    );
  }
  return (
    <>
      <IconButton size="small" label={name ? t('copyNamed', { name }) : t('copy')} icon={icon} onClick={copy} />
      {says}
    </>
  );
}
