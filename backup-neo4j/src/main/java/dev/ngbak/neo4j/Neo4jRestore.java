package dev.ngbak.neo4j;

import dev.ngbak.neo4j.admin.MaintenanceWindow;
import dev.ngbak.neo4j.admin.NativeDump;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.Preflight;
import dev.ngbak.spi.support.ProductVersion;
import dev.ngbak.spi.support.ProgressMeter;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.neo4j.driver.Record;

/** Replaces the graph in scope with an archived one: over Bolt, or with neo4j-admin if the archive contains its dump. */
final class Neo4jRestore implements RestoreSession {

    /**
     * The oldest major version whose dumps can be used. The store in a dump of Neo4j 4 would have to be migrated first.
     */
    private static final int OLDEST_DUMP_MAJOR = 5;

    private final Neo4jSettings settings;
    private final MaintenanceWindow window;
    private final StoreInfo info;
    private volatile Neo4jConnection connection;

    private Neo4jRestore(Neo4jSettings settings, MaintenanceWindow window, Neo4jConnection connection) {
        this.settings = settings;
        this.window = window;
        this.connection = connection;
        this.info = Neo4jExport.info(settings, connection);
    }

    static Neo4jRestore open(Neo4jSettings settings) {
        MaintenanceWindow window = settings.maintenanceWindow();
        window.recoverInterrupted();
        Neo4jConnection connection = Neo4jConnection.open(settings);
        try {
            return new Neo4jRestore(settings, window, connection);
        } catch (RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    static boolean isNativeDump(StoreInfo archived) {
        return archived.form().equals(NativeDump.FORM);
    }

    /** Copies the native dump out of an archive. The copy is complete only when this has returned. */
    static void copyDump(EntrySource source, OutputStream copy, ProgressMeter meter) throws IOException {
        GraphEntry.read(source, (entry, content) -> {
            meter.expect(entry.size());
            if (!NativeDump.copy(content, copy, meter)) {
                throw Neo4jErrors.corruptArchive(entry.path() + " is not a dump of neo4j-admin");
            }
        });
    }

    @Override
    public StoreInfo info() {
        return info;
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long bytes) throws IOException {
        Optional<BackupException> unknownForm =
                Preflight.unknownForm(archived, Role.GRAPH, Neo4jExporter.BACKEND, DumpWriter.FORM, NativeDump.FORM);
        if (unknownForm.isPresent()) {
            return List.of(unknownForm.get());
        }
        List<BackupException> problems = new ArrayList<>();
        String namespace = Neo4jSettings.archivedNamespace(archived);
        if (!namespace.equals(settings.scope().namespace())) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains a graph with the scope " + SafeText.quoted(namespace) + ", but "
                            + settings.scopeSetting() + " selects "
                            + SafeText.quoted(settings.scope().namespace())
                            + ". A system with this setting would not find the restored graph",
                    "Set " + settings.scopeSetting() + " to the scope of the archive"));
        }
        addDatabaseProblem(problems);
        String format = Requirements.valueTypes(archived.scope()).isEmpty() ? "" : Neo4jExport.storeFormat(connection);
        problems.addAll(Requirements.problems(archived.scope(), connection.server(), format));
        if (isNativeDump(archived)) {
            addDumpProblems(archived, bytes, problems);
        } else {
            Schema.read(connection, settings.scope()).restoreProblem().ifPresent(problems::add);
        }
        for (Record row : connection.rows("SHOW DATABASES YIELD name, access, currentStatus")) {
            if (row.get("name").asString().equals(connection.database())
                    && row.get("access").asString("").equals("read-only")) {
                problems.add(new BackupException(
                        Kind.INCOMPATIBLE,
                        "The database " + SafeText.quoted(connection.database()) + " is read-only",
                        "Make it writable (server.databases.read_only, server.databases.default_to_read_only), or"
                                + " correct " + Neo4jSettings.DATABASE.name()));
            }
        }
        return problems;
    }

    /** A system that can create its database does not look into the default database for the restored graph. */
    private void addDatabaseProblem(List<BackupException> problems) {
        String preferred = settings.databases().get(0);
        if (!connection.database().equals(preferred) && !connection.isCommunity()) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The system would create the database " + SafeText.quoted(preferred)
                            + " on this server and use it, so it would not find the restored graph in "
                            + SafeText.quoted(connection.database()),
                    "Create that database, or set " + Neo4jSettings.DATABASE.name() + ", for the system too"));
        }
    }

    private void addDumpProblems(StoreInfo archived, long bytes, List<BackupException> problems) throws IOException {
        String boltMode = "make the backup with " + Neo4jSettings.MODE.name() + "=" + Neo4jSettings.BOLT;
        settings.admin()
                .problem(Neo4jSettings.DATABASE.name(), "The archive contains a dump for neo4j-admin database load")
                .ifPresent(problems::add);
        if (!canLoad(archived.version(), connection.version())) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains a dump of Neo4j " + SafeText.forMessage(archived.version()) + ", but "
                            + SafeText.forMessage(settings.urlWithoutCredentials()) + " is Neo4j "
                            + connection.version()
                            + ". A dump of Neo4j 5 or later can be loaded only into the same or a later version",
                    "Restore it on such a server, or " + boltMode));
        }
        String format = archived.scope().getOrDefault(NativeDump.STORE_FORMAT, "");
        if (format.contains("block") && connection.isCommunity()) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive contains a dump with the store format " + SafeText.quoted(format)
                            + ", which Neo4j Community cannot read",
                    "Restore it into Neo4j Enterprise Edition, or " + boltMode));
        }
        long free = window.freeSpace();
        if (free < bytes) {
            problems.add(new BackupException(
                    Kind.NO_SPACE,
                    "The dump of " + bytes + " bytes and one of the present database must fit into BACKUP_DIR, where "
                            + free + " bytes are free",
                    "Free some space, or set BACKUP_DIR to a larger disk"));
        }
    }

    /** Returns whether a server can load a dump. Patch releases make no difference. */
    private static boolean canLoad(String archivedVersion, String serverVersion) {
        Optional<ProductVersion> server = ProductVersion.parse(serverVersion);
        return server.isPresent()
                && ProductVersion.parse(archivedVersion)
                        .filter(archived -> archived.isAtLeast(OLDEST_DUMP_MAJOR, 0))
                        .filter(archived -> archived.compareTo(server.get()) <= 0)
                        .isPresent();
    }

    @Override
    public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
        Preflight.requireNone(problems(source.archived(), 0));
        if (isNativeDump(source.archived())) {
            loadDump(source, records, ProgressMeter.ofBytes(progress, window::checkAborted));
            return;
        }
        connection.checkAborted();
        ProgressMeter meter = ProgressMeter.ofRecords(progress, Neo4jRecords.UNIT, connection::checkAborted);
        try (GraphLoader loader = new GraphLoader(settings, connection, records::warn);
                Neo4jRecords graph = new Neo4jRecords(records, settings.source(), meter, loader)) {
            DumpReader.read(source, graph);
            loader.finish();
            graph.finish();
        }
    }

    @Override
    public void clear() throws IOException {
        try (GraphLoader nothing = new GraphLoader(settings, connection, warning -> {})) {
            nothing.finish();
        }
    }

    private void loadDump(EntrySource source, RecordHandler records, ProgressMeter meter) throws IOException {
        Path dump = window.stage(out -> copyDump(source, out, meter));
        connection.close();
        window.replaceWith(dump, () -> {
            connection = Neo4jConnection.open(settings);
            try (Neo4jRecords graph = new Neo4jRecords(records, settings.source(), meter, GraphReceiver.NONE)) {
                new GraphReader(settings, connection).read(graph);
            } catch (Throwable e) {
                connection.close();
                throw e;
            }
        });
    }

    @Override
    public void abort() {
        window.abort();
        connection.abort();
    }

    @Override
    public void close() {
        connection.close();
    }
}
