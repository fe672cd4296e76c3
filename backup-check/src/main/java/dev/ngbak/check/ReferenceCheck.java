package dev.ngbak.check;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.Job;
import dev.ngbak.engine.SystemRecords;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.TempFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads all three stores of a system and finds references that lead nowhere. Changes nothing. */
public final class ReferenceCheck {

    /** The order in which the least has to wait: a record comes before the records that refer to it. */
    private static final List<Role> ORDER = List.of(Role.KV, Role.GRAPH, Role.VECTOR);

    private ReferenceCheck() {}

    /**
     * Checks the live stores.
     *
     * @return the report, which includes broken references: they cause no exception
     * @throws BackupException {@code UNREACHABLE} for a store that cannot be read, {@code INVALID} for a scope that
     *     looks misconfigured
     */
    public static CheckReport live(BackupManager manager, Job job) {
        Optional<String> openRestore = Optional.ofNullable(manager.openRestore());
        return manager.readLive(
                records -> check(
                        records,
                        openRestore.map(problem -> problem + ".").stream().toList()),
                job);
    }

    /**
     * Checks the stores in an archive, as far as they can be decoded without their servers.
     *
     * @return the report, which includes broken references: they cause no exception
     * @throws BackupException {@code CORRUPT} if the archive does not match its manifest
     */
    public static CheckReport archive(BackupManager manager, ReadableArchive archive, Job job) {
        return manager.readArchive(archive, records -> check(records, List.of()), job);
    }

    /** @param warnings whole sentences that begin the report's warnings */
    static CheckReport check(SystemRecords records, List<String> warnings) throws IOException {
        Settings settings = records.settings();
        try (ReferenceChecker checker =
                new ReferenceChecker(GraphLayout.of(settings), settings, TempFiles.of(settings))) {
            for (Role role : ORDER) {
                records.visit(role, checker.visitor(role)).ifPresent(obstacle -> checker.leaveOut(role, obstacle));
            }
            List<String> all = new ArrayList<>(warnings);
            Set<Role> changed = records.changed();
            if (!changed.isEmpty()) {
                String stores =
                        ORDER.stream().filter(changed::contains).map(Role::id).collect(Collectors.joining(" and "));
                all.add("Something wrote to " + stores
                        + " during the check, so its findings may be temporary. Check again"
                        + " while nothing writes.");
            }
            return checker.report(all);
        }
    }
}
