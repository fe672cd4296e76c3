package dev.ngbak.qdrant;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.Preflight;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A form of archived collections. */
enum ArchiveForm {
    /** Native snapshots of whole collections, which a single server can make. */
    SNAPSHOT,
    /** Native snapshots of shards, which a cluster makes. */
    SHARDS,
    /** Points. */
    SCROLL;

    /** The values of {@code QDRANT_BACKUP_MODE}. */
    static final List<String> MODES = List.of(SNAPSHOT.id(), SCROLL.id());

    /** Returns the name in archives and settings. */
    String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns a problem if this plugin cannot read the form of an archived store. */
    static Optional<BackupException> unknownForm(StoreInfo archived) {
        return Preflight.unknownForm(
                archived,
                Role.VECTOR,
                QdrantSettings.BACKEND,
                SNAPSHOT.id(),
                SHARDS.id(),
                SCROLL.id(),
                ExportSession.RAW);
    }

    /**
     * Returns the form of an archived store. The form {@link ExportSession#RAW} contains the points that could be read.
     *
     * @throws BackupException {@code INCOMPATIBLE} for an unknown form
     */
    static ArchiveForm of(StoreInfo archived) {
        unknownForm(archived).ifPresent(problem -> {
            throw problem.withEffect(BackupException.Effect.NOTHING_CHANGED);
        });
        return Arrays.stream(values())
                .filter(form -> form.id().equals(archived.form()))
                .findFirst()
                .orElse(SCROLL);
    }
}
