package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ManifestEntry;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** The files of one store, read from an archive whose reader is at the first of them. */
final class StoreSource implements EntrySource {

    private final ArchiveReader archive;
    private final Manifest.Store store;
    private final String folder;
    private final boolean interleaved;
    private long left;

    private StoreSource(ArchiveReader archive, Role role, boolean interleaved) {
        this.archive = archive;
        this.store = archive.manifest().stores().get(role);
        this.folder = role.folder(store.backend());
        this.interleaved = interleaved;
        this.left = archive.manifest().files().stream()
                .filter(file -> file.path().startsWith(folder))
                .count();
    }

    /** Returns a source that ends with the first file of another store. */
    static StoreSource contiguous(ArchiveReader archive, Role role) {
        return new StoreSource(archive, role, false);
    }

    /** Returns a source that looks for the store's files among those of other stores. */
    static StoreSource interleaved(ArchiveReader archive, Role role) {
        return new StoreSource(archive, role, true);
    }

    /** Returns the source of a store that has no files in the archive. */
    static EntrySource empty(StoreInfo archived) {
        return new EntrySource() {
            @Override
            public StoreInfo archived() {
                return archived;
            }

            @Override
            public void forEach(Visitor visitor) {}
        };
    }

    /** Returns the store that a file belongs to. */
    static Optional<Role> roleOf(ManifestEntry file, Manifest manifest) {
        return manifest.stores().entrySet().stream()
                .filter(store -> file.path()
                        .startsWith(store.getKey().folder(store.getValue().backend())))
                .map(store -> store.getKey())
                .findFirst();
    }

    @Override
    public StoreInfo archived() {
        return store.info();
    }

    @Override
    public void forEach(Visitor visitor) throws IOException {
        ManifestEntry file = archive.current();
        while (file != null && left > 0) {
            boolean own = file.path().startsWith(folder);
            if (!own && !interleaved) {
                return;
            }
            if (own) {
                visit(file, visitor);
                left--;
            }
            file = archive.next();
        }
    }

    private void visit(ManifestEntry file, Visitor visitor) throws IOException {
        String name = store.names().getOrDefault(file.path(), file.path().substring(folder.length()));
        try {
            visitor.visit(new Entry(name, file.path(), file.size(), file.sha256()), archive.content());
        } catch (CancellationException e) {
            throw e; // Does not read the rest of the file, which may be large.
        } catch (RuntimeException e) {
            // Throws if the file is damaged, which explains the failure better than the decoder's message.
            archive.finish();
            throw e;
        }
        archive.finish();
    }
}
