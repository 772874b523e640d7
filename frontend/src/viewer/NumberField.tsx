import { useState } from "react";

interface Props {
  label: string;
  /** In place of the label for who cannot see what stands around it. */
  name?: string;
  value: number;
  min: number;
  max: number;
  onChange: (value: number) => void;
}

/** A whole number; what is being typed is left alone until the field is left. */
export function NumberField({ label, name, value, min, max, onChange }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <label className="number">
      <span>{label}</span>
      <input
        type="number"
        inputMode="numeric"
        aria-label={name}
        min={min}
        max={max}
        step={1}
        value={typed ?? String(Math.round(value))}
        onChange={(event) => {
          setTyped(event.target.value);
          const number = event.target.valueAsNumber;
          if (number >= min && number <= max) onChange(number);
        }}
        onBlur={() => {
          setTyped(null);
        }}
      />
    </label>
  );
}
