import { useMessages } from "../i18n/useMessages";

interface Props {
  linked: boolean;
  onLink: (linked: boolean) => void;
}

/** Whether views that stand beside each other are moved together. */
export function LinkedCheck({ linked, onLink }: Props) {
  const { models } = useMessages();
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={linked}
        onChange={(event) => {
          onLink(event.target.checked);
        }}
      />
      <span>{models.link}</span>
    </label>
  );
}
