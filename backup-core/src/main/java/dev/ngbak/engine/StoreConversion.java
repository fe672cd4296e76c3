package dev.ngbak.engine;

import dev.ngbak.archive.Manifest;
import dev.ngbak.layout.NeutralForm;
import dev.ngbak.layout.NeutralForm.Losses;
import dev.ngbak.layout.UniqueNodes;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RecordSource;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes one archived store again for another backend, by way of the {@link NeutralForm}. A first pass finds what the backend
 * cannot hold and digests the rest; {@link #prove} compares that digest with the one of the result.
 */
final class StoreConversion {

    private final EngineContext context;
    private final VerifiedArchive original;
    private final Role role;
    private final Job job;
    private final Manifest.Store archived;
    private final String backend;
    private final NeutralForm from;
    private final NeutralForm to;
    private String digest;

    StoreConversion(EngineContext context, VerifiedArchive original, Role role, Job job) {
        this.context = context;
        this.original = original;
        this.role = role;
        this.job = job;
        this.archived = original.manifest().stores().get(role);
        this.backend = context.stores().backend(role);
        this.from = form(archived.backend());
        this.to = form(backend);
    }

    private NeutralForm form(String ofBackend) {
        return context.stores()
                .layout()
                .neutralForm(role, ofBackend, context.stores().settings())
                .orElseThrow(() -> new BackupException(
                        Kind.INCOMPATIBLE,
                        "The records of " + archived.backend() + " cannot be converted to " + backend,
                        "Set " + role.setting() + "=" + archived.backend()));
    }

    /** Converts the store, and notes what changes. */
    StoreInfo run(Losses losses, EntrySink sink, RecordHandler written) throws IOException {
        ArchivedRecords records = new ArchivedRecords(original, context.stores(), job);
        if (!to.hasUniqueNodes() || from.hasUniqueNodes()) {
            return write(records, visitor -> visitor, losses, sink, written);
        }
        try (UniqueNodes unique = new UniqueNodes(to, tempFiles())) {
            visit(records, from.decoder(unique.scan(losses), Losses.IGNORED));
            return write(records, unique::filter, losses, sink, written);
        }
    }

    private StoreInfo write(
            ArchivedRecords records, Filter unique, Losses losses, EntrySink sink, RecordHandler written)
            throws IOException {
        ShownRecords shown = new ShownRecords();
        digest = digest(
                records, neutral -> shown.before(from.decoder(unique.before(to.limiter(neutral, losses)), losses)));
        long hidden = archived.summary().records() - shown.count;
        if (hidden != 0) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The " + role.id() + " store has " + Sizes.count(hidden, "records") + " of more than "
                            + Sizes.of(RecordVisitor.MAX_LENGTH) + ", which cannot be converted",
                    "Restore the archive into " + archived.backend());
        }
        RecordSource source = new RecordSource() {
            @Override
            public void visit(RecordVisitor visitor) {
                RecordVisitor limited = to.limiter(to.encoder(visitor), Losses.IGNORED);
                StoreConversion.this.visit(records, from.decoder(unique.before(limited), Losses.IGNORED));
            }

            @Override
            public long expected() {
                return archived.summary().records();
            }
        };
        return context.stores()
                .exporter(role)
                .write(source, context.stores().settings(), sink, written, job.progress(role));
    }

    private TempFiles tempFiles() {
        return TempFiles.of(context.stores().settings());
    }

    /** Throws unless the store of another archive contains the same records as the result of {@link #run}. */
    void prove(VerifiedArchive adapted) throws IOException {
        ArchivedRecords records = new ArchivedRecords(adapted, context.stores(), job);
        String found = digest(records, neutral -> to.decoder(neutral, Losses.IGNORED));
        if (!found.equals(digest)) {
            throw new BackupException(
                    Kind.INTERNAL,
                    "The converted " + role.id() + " store does not contain the same records as the archive",
                    "Report this as a defect. Restore the archive into " + archived.backend());
        }
        job.info("The " + role.id() + " store was converted from " + archived.backend() + " to " + backend
                + ": a digest over its records in the neutral form is the same before and after.");
    }

    /** Puts a visitor in front of another. */
    private interface Filter {
        RecordVisitor before(RecordVisitor next);
    }

    private String digest(ArchivedRecords records, Filter decoding) throws IOException {
        try (NeutralDigest neutral = new NeutralDigest(from.isDirected() && to.isDirected(), tempFiles())) {
            visit(records, decoding.before(neutral));
            return neutral.text();
        }
    }

    private void visit(ArchivedRecords records, RecordVisitor visitor) {
        Optional<String> reason = records.visit(role, visitor);
        if (reason.isPresent()) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The " + role.id() + " store cannot be converted, because " + reason.get(),
                    "Restore the archive into " + archived.backend()
                            + ", or make a backup in a form that contains the records one by one");
        }
    }

    /** Counts the records that a visitor is shown, because a record that is too long is not shown. */
    private static final class ShownRecords {
        private long count;

        RecordVisitor before(RecordVisitor next) {
            return new RecordVisitor() {
                @Override
                public void graph(String name, boolean directed) throws IOException {
                    next.graph(name, directed);
                }

                @Override
                public void node(long number, String id, Collection<String> labels, Map<String, Object> properties)
                        throws IOException {
                    count++;
                    next.node(number, id, labels, properties);
                }

                @Override
                public void relationship(long first, long second, String type, Map<String, Object> properties)
                        throws IOException {
                    count++;
                    next.relationship(first, second, type, properties);
                }

                @Override
                public void collection(String name, Map<String, Integer> dimensions) throws IOException {
                    next.collection(name, dimensions);
                }

                @Override
                public void point(String id, Map<String, Object> payload, List<Vector> vectors) throws IOException {
                    count++;
                    next.point(id, payload, vectors);
                }

                @Override
                public void entry(String namespace, String key, byte[] value, long expires) throws IOException {
                    count++;
                    next.entry(namespace, key, value, expires);
                }

                @Override
                public void composite(String namespace, String key, String type, long expires) throws IOException {
                    count++;
                    next.composite(namespace, key, type, expires);
                }

                @Override
                public void other(String what) throws IOException {
                    next.other(what);
                }
            };
        }
    }
}
