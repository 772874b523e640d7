import { useMessages } from "../i18n/useMessages";
import { VIEWER_KEYS } from "./keys";

/** Every key of the viewer, and what it does. */
export function KeyList() {
  const { viewer } = useMessages();
  return (
    <>
      <p className="hint">{viewer.keysHint}</p>
      <dl className="facts help-keys">
        {VIEWER_KEYS.map(({ action, cap }) => (
          <div key={action}>
            <dt>
              <kbd>{cap}</kbd>
            </dt>
            <dd>{viewer.act[action]}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
