import type { PublishedModel } from "../apiTypes";
import { Table } from "../charts/Table";
import { useMessages } from "../i18n/useMessages";
import { useNumbers } from "../settings/useNumbers";
import { Facts } from "./Facts";
import { Section } from "./Section";

interface Group {
  name: string;
  women: number;
  images: number;
  share?: number | null | undefined;
}

/** Whom a model learnt from, under which licence, and by which files it is known. */
export function ModelOrigin({ model }: { model: PublishedModel }) {
  const { pages } = useMessages();
  const { card } = pages;
  const { count, percent } = useNumbers();
  const { trained_on: trained, chosen_on: chosen, tested_on: tested } = model.card;
  const { calibrated_on: local, versions, split_digest: split, license } = model.card;
  const patches = model.modality === "histology";
  const groups: Group[] = [
    { name: card.trainedOn, ...trained, share: trained.positive_share },
    ...(chosen ? [{ name: card.chosenOn, ...chosen }] : []),
    ...(tested ? [{ name: card.testedOn, ...tested }] : []),
    ...(local ? [{ name: card.calibratedOn, ...local, share: local.positive_share }] : []),
  ];
  const shareText = (share: number | null | undefined) =>
    typeof share === "number" ? percent(share) : card.notCounted;

  return (
    <>
      <Section title={card.whom}>
        <Facts
          rows={[
            [card.dataset, trained.dataset],
            [card.source, <span lang="en">{trained.source}</span>],
          ]}
        />
        <Table
          label={pages.scrolls(card.whom)}
          caption={
            tested?.folds ? (patches ? card.foldsPatches : card.folds)(count(tested.folds)) : ""
          }
          head={[card.group, ...(patches ? [] : [card.women]), card.images, card.share]}
          rows={groups.map(({ name, women, images, share }) => [
            name,
            ...(patches ? [] : [count(women)]),
            count(images),
            shareText(share),
          ])}
        />
      </Section>
      <Section title={card.license}>
        <p lang="en">{license}</p>
      </Section>
      <Section title={card.version}>
        <p>{card.versionHint}</p>
        <dl className="facts digests">
          {Object.entries(model.digests ?? {}).map(([name, digest]) => (
            <div key={name}>
              <dt>{card.file(name)}</dt>
              <dd className="identifier">{digest}</dd>
            </div>
          ))}
          {split && (
            <div>
              <dt>{card.split}</dt>
              <dd className="identifier">{split}</dd>
            </div>
          )}
          {versions && (
            <div>
              <dt>{card.software}</dt>
              <dd>
                {Object.entries(versions)
                  .map(([name, version]) => `${name} ${version}`)
                  .join(", ")}
              </dd>
            </div>
          )}
        </dl>
      </Section>
    </>
  );
}
