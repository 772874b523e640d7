import { type ReactNode, useId } from "react";

interface Props {
  title: string;
  children: ReactNode;
}

/** A part of a page under its own heading. */
export function Section({ title, children }: Props) {
  const id = useId();
  return (
    <section className="page-part" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
