package dev.ngbak.lightrag;

import static dev.ngbak.layout.NeutralForm.named;
import static dev.ngbak.layout.NeutralForm.refusal;

import dev.ngbak.layout.NeutralForm;
import dev.ngbak.layout.NeutralValue;
import dev.ngbak.spi.RecordVisitor;
import java.io.IOException;

/** LightRAG's documents, chunks, lists, statuses and cached answers: JSON in files and in Redis, spelled differently. */
final class EntryForms {

    private EntryForms() {}

    private static void requireKnown(String namespace) {
        if (!LightRagLayout.NAMESPACES.contains(namespace)) {
            throw refusal(named("namespace", namespace), "is not one of LightRAG's");
        }
    }

    /** Files with one JSON object for each namespace. */
    static final class Files implements NeutralForm {

        @Override
        public RecordVisitor decoder(RecordVisitor neutral, Losses losses) {
            return new RecordVisitor() {
                @Override
                public void entry(String namespace, String key, byte[] value, long expires) throws IOException {
                    requireKnown(namespace);
                    neutral.entry(namespace, key, NeutralValue.of(namespace, key, value), expires);
                }
            };
        }

        @Override
        public RecordVisitor limiter(RecordVisitor neutral, Losses losses) {
            return NeutralValue.withoutExpiry(neutral, losses);
        }

        @Override
        public RecordVisitor encoder(RecordVisitor backend) {
            return backend;
        }
    }

    /** Keys of one workspace. */
    static final class Redis implements NeutralForm {

        @Override
        public RecordVisitor decoder(RecordVisitor neutral, Losses losses) {
            return new RecordVisitor() {
                @Override
                public void entry(String namespace, String key, byte[] value, long expires) throws IOException {
                    if (LightRagLayout.STATUS_INDEX.contains(namespace)) {
                        losses.note("the index of statuses is left out; LightRAG builds it from the statuses", key);
                        return;
                    }
                    requireKnown(namespace);
                    neutral.entry(namespace, key, NeutralValue.of(namespace, key, value), expires);
                }
            };
        }

        @Override
        public RecordVisitor encoder(RecordVisitor backend) {
            return backend;
        }
    }
}
