import type { Modality, Prediction, PublishedModel } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import type { DecodedImage } from "../maths/decodeImage";
import { ImagePane } from "./ImagePane";
import type { Explain } from "./useMap";
import type { LinkedView } from "./view";

export interface ViewerProps {
  image: DecodedImage | null;
  opening: boolean;
  predictions: readonly Prediction[];
  models: readonly PublishedModel[];
  modality: Modality;
  explain: Explain;
  /** A view kept outside, shared with other panes; without it the pane keeps its own. */
  linked?: LinkedView | undefined;
  /** `name@version`: the only model whose map can be asked for; without it the reader chooses. */
  mapModel?: string | undefined;
  /** A pane among several: the image, a few buttons and the keys. */
  compact?: boolean | undefined;
  /** In place of the side and view, where several panes must be told apart. */
  title?: string | undefined;
}

/** The image, its window, and on request the map of what moved a score. */
export function Viewer({ image, opening, modality, title, ...rest }: ViewerProps) {
  const { viewer } = useMessages();

  if (!image) {
    const heading = title ?? viewer.image;
    return (
      <section className="viewer empty" aria-label={heading} aria-busy={opening}>
        <h2>{heading}</h2>
        <p>{opening ? viewer.opening : viewer.invitation[modality]}</p>
      </section>
    );
  }
  // Read anew as a picture of another kind, it is another picture.
  return <ImagePane key={image.header.modality} image={image} title={title} {...rest} />;
}
