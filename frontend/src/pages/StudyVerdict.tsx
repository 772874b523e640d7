import type { Study } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { useNumbers } from "../settings/useNumbers";
import { Facts } from "./Facts";
import { Section } from "./Section";

/** What a study says first, and of whom. */
export function StudyVerdict({ study }: { study: Study }) {
  const { pages } = useMessages();
  const { studyPage, card } = pages;
  const { count } = useNumbers();
  const { data } = study;
  return (
    <>
      <Section title={studyPage.verdict}>
        <p className="hint">{studyPage.english}</p>
        <p className="verdict-text" lang="en">
          {study.verdict}
        </p>
      </Section>
      <Section title={studyPage.data}>
        <Facts
          rows={[
            [card.dataset, data.name],
            [studyPage.question, card.classes(data.classes.map(card.quote).join(", "))],
            [
              studyPage.tested,
              <ul className="bare-list">
                {study.tested.map(({ unit, n, n_positive: positive, n_patients: women }) => (
                  <li key={unit}>
                    {studyPage.testedOf(
                      pages.byUnit[unit],
                      count(n),
                      count(positive),
                      count(women),
                    )}
                  </li>
                ))}
              </ul>,
            ],
            [card.source, <span lang="en">{data.source}</span>],
            [card.license, <span lang="en">{data.license}</span>],
            [studyPage.split, <span className="identifier">{data.split_digest}</span>],
          ]}
        />
      </Section>
    </>
  );
}
