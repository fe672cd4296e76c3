package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import java.io.IOException;
import java.util.concurrent.CancellationException;

/** One store's files, out of a pass over an archive that stands at the first of them. */
final class StoreSource implements EntrySource {

    private final ArchiveReader archive;
    private final Manifest.Store store;
    private final String folder;
    private final boolean scattered;

    /**
     * @param scattered whether to look for the store's files up to the end of the archive; else they end with the first
     *     file of another store, where the archive then stands
     */
    StoreSource(ArchiveReader archive, Role role, boolean scattered) {
        this.archive = archive;
        this.store = archive.manifest().stores().get(role);
        this.folder = role.folder(store.backend());
        this.scattered = scattered;
    }

    @Override
    public StoreInfo archived() {
        return store.info();
    }

    @Override
    public void forEach(Visitor visitor) throws IOException {
        ManifestEntry file = archive.current();
        while (file != null) {
            if (file.path().startsWith(folder)) {
                visit(file, visitor);
                file = archive.next();
            } else if (scattered) {
                file = archive.skip();
            } else {
                return;
            }
        }
    }

    private void visit(ManifestEntry file, Visitor visitor) throws IOException {
        String name = store.names().getOrDefault(file.path(), file.path().substring(folder.length()));
        try {
            visitor.visit(new Entry(name, file.path(), file.size(), file.sha256()), archive.content());
        } catch (CancellationException e) {
            throw e; // the rest of the file may be large, and is of no interest any more
        } catch (RuntimeException e) {
            // A file that is not what was written is the better reason than what a decoder made of it.
            archive.finish();
            throw e;
        }
        archive.finish();
    }
}
