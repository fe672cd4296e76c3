package dev.ngbak.files;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.RecordRewriter;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.CopiedSource;
import dev.ngbak.spi.support.PathMapping;
import dev.ngbak.spi.support.ProgressMeter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** Restores the files of one kind. */
abstract class FileRestorer implements StorageRestorer {

    private final FileKind kind;

    FileRestorer(FileKind kind) {
        this.kind = kind;
    }

    @Override
    public final Role role() {
        return kind.role();
    }

    @Override
    public final String backend() {
        return kind.backend();
    }

    @Override
    public final void read(EntrySource source, Settings settings, RecordHandler records, Progress progress)
            throws IOException {
        ProgressMeter meter = ProgressMeter.ofBytes(progress, () -> {});
        new ArchivedFiles(kind, settings, source).read(records, meter, name -> OutputStream.nullOutputStream());
    }

    /** The names of files and their bytes do not contain the workspace: only the folder differs. */
    @Override
    public final boolean isRewritten(StoreInfo archived, Rewriting rewriting) {
        return kind == FileKind.JSON && !rewriting.paths().isEmpty();
    }

    @Override
    public final StoreInfo rewrite(
            EntrySource source, Rewriting rewriting, EntrySink sink, RecordHandler written, Progress progress)
            throws IOException {
        Settings settings = rewriting.settings();
        RecordRewriter rewriter = GraphLayout.of(settings).rewriter();
        PathMapping paths = new PathMapping(rewriting.paths());
        EntrySource copied = new CopiedSource(
                source,
                sink,
                (entry, content) -> paths.filter(content, rewriter.pathMembers(entry.name())),
                entry -> kind.names(settings).suffix());
        if (source.archived().form().equals(ExportSession.RAW)) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    "The files in the archive were saved without being decoded, so --map-path cannot change them",
                    "Restore the archive without --map-path");
        }
        read(copied, settings, written, progress);
        paths.warning().ifPresent(written::warn);
        StoreInfo archived = source.archived();
        String folder = kind.scope(settings).directory().toString();
        return new StoreInfo(
                archived.product(),
                archived.version(),
                archived.form(),
                Map.of(GraphLayout.WORKING_DIR.name(), folder),
                -1);
    }

    @Override
    public final String target(Settings settings) {
        return WorkingDirectory.of(kind, settings).target();
    }

    @Override
    public final List<String> adviceAfterRestore(Settings settings) {
        return List.of("If " + GraphLayout.of(settings).name()
                + " is running, restart it now: it keeps the old files in memory and would write them over the restored"
                + " ones.");
    }

    @Override
    public final RestoreSession open(Settings settings) {
        return FileRestore.open(kind, settings);
    }
}
