package dev.ngbak.qdrant;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.Preflight;
import java.util.Locale;
import java.util.Optional;

/** A form of archived collections. The names in lower case are the values of {@code QDRANT_BACKUP_MODE}. */
enum ArchiveForm {
    SNAPSHOT,
    SCROLL;

    /** Returns the name in archives and settings. */
    String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns a problem if this plugin cannot read the form of an archived store. */
    static Optional<BackupException> unknownForm(StoreInfo archived) {
        return Preflight.unknownForm(
                archived, Role.VECTOR, QdrantSettings.BACKEND, SNAPSHOT.id(), SCROLL.id(), ExportSession.RAW);
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
        return archived.form().equals(SNAPSHOT.id()) ? SNAPSHOT : SCROLL;
    }
}
