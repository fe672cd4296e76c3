package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveReader;
import dev.ngbak.archive.Manifest;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.support.RecordViewer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/** One check: shows a {@link Check} what the stores hold now, or what an archive holds. */
final class CheckTask {

    /** What is referred to comes before what refers to it. */
    private static final List<Role> ORDER = List.of(Role.KV, Role.GRAPH, Role.VECTOR);

    private final StoreRegistry stores;
    private final Path scratch;
    private final Job job;

    CheckTask(StoreRegistry stores, Path scratch, Job job) {
        this.stores = stores;
        this.scratch = scratch;
        this.job = job;
    }

    /** @param openRestore a warning of a restore that is not settled, or {@code null} */
    CheckReport live(String openRestore) throws IOException {
        List<String> warnings = new ArrayList<>();
        if (openRestore != null) {
            warnings.add(openRestore + ".");
        }
        int dimension = (int) stores.settings().number("EMBEDDING_DIMENSION", 0, 0, Integer.MAX_VALUE);
        Map<Role, ExportSession> sessions = stores.openExports(EnumSet.allOf(Role.class), job);
        try (Check check = new Check(scratch, dimension)) {
            Map<Role, ChangeMarker> before = new EnumMap<>(Role.class);
            for (var session : sessions.entrySet()) {
                session.getValue().scopeProblem().ifPresent(problem -> {
                    throw problem;
                });
                before.put(session.getKey(), session.getValue().marker());
            }
            job.begin(Phase.CHECKING);
            for (Role role : ORDER) {
                ExportSession session = sessions.get(role);
                RecordViewer records = new RecordViewer(check);
                session.read(records, job.progress(role));
                if (!records.isComplete()) {
                    check.leaveOut(role, session.info().product() + " does not show its records");
                }
            }
            List<String> changed = new ArrayList<>();
            for (Role role : ORDER) {
                if (before.get(role).until(sessions.get(role).marker()) == Comparison.CHANGED) {
                    changed.add(role.id());
                }
            }
            if (!changed.isEmpty()) {
                warnings.add("Something was written to " + String.join(" and ", changed)
                        + " during the check, so what it found may be of that moment alone. Check again.");
            }
            job.end();
            return check.report(warnings);
        } finally {
            StoreRegistry.close(sessions.values());
        }
    }

    CheckReport archive(ReadableArchive archive) throws IOException {
        job.begin(Phase.CHECKING);
        try (Check check = new Check(scratch, 0)) {
            for (Role role : ORDER) {
                String unseen = visit(archive, role, check);
                if (unseen != null) {
                    check.leaveOut(role, unseen);
                }
            }
            job.end();
            return check.report(List.of());
        }
    }

    /** @return why not, or {@code null} */
    private String visit(ReadableArchive readable, Role role, Check check) throws IOException {
        try (ArchiveReader archive = ArchiveReader.open(readable, job::checkCancelled)) {
            Manifest.Store store = archive.manifest().stores().get(role);
            if (store == null) {
                return "the archive holds no " + role.id() + " store";
            }
            StorageRestorer restorer = stores.restorer(role, store.backend());
            if (restorer == null) {
                return "there is no plugin for " + store.backend() + " here";
            }
            archive.next();
            RecordViewer records = new RecordViewer(check);
            restorer.read(StoreSource.interleaved(archive, role), stores.settings(), records, job.progress(role));
            return records.isComplete()
                    ? null
                    : "the archive holds " + role.id() + " in the form "
                            + store.info().form() + ", which only "
                            + store.info().product() + " itself can read";
        }
    }
}
