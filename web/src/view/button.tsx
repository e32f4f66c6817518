import type { ButtonHTMLAttributes } from 'react';

const tones = {
  quiet: 'border-edge text-soft hover:border-muted hover:text-text',
  danger: 'border-edge text-loss hover:border-loss',
  primary: 'border-live/60 bg-live/10 text-live hover:bg-live/20',
} as const;

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { tone?: keyof typeof tones };

export function Button({ tone = 'quiet', className = '', ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`inline-flex min-h-9 items-center justify-center rounded-lg border px-3 text-sm font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-40 ${tones[tone]} ${className}`}
      {...rest}
    />
  );
}
