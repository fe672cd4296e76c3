package dev.ngbak.neo4j;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.neo4j.driver.Record;

/** Makes the graph in scope equal to an archived one. */
final class Neo4jRestore implements RestoreSession {

    private static final String NOTHING_CHANGED = ". Nothing was changed";

    private final Neo4jSettings settings;
    private final AdminTool tool;
    private final StoreInfo info;
    private volatile Connection connection;

    private Neo4jRestore(Neo4jSettings settings, Connection connection) throws IOException {
        this.settings = settings;
        this.tool = new AdminTool(settings);
        this.connection = connection;
        this.info = Neo4jExport.info(settings, connection);
    }

    /** Takes over the connection, and closes it if this fails. */
    static Neo4jRestore over(Neo4jSettings settings, Connection connection) throws IOException {
        try {
            return new Neo4jRestore(settings, connection);
        } catch (IOException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    static boolean isNative(StoreInfo archived) {
        return archived.form().equals(NativeDump.FORM);
    }

    /** Decodes an archived graph, writing nothing. */
    static StoreSummary read(EntrySource source, Progress progress) throws IOException {
        Meter meter = new Meter(progress, () -> false);
        try (GraphTally tally = new GraphTally()) {
            decode(source, tally, new DumpReader.Receiver() {
                @Override
                public void expect(long records) {
                    meter.expect(records);
                }

                @Override
                public void node(long number, List<String> labels, Map<String, Object> properties, int size) {
                    meter.passed(size);
                }

                @Override
                public void relationship(String type, long from, long to, Map<String, Object> properties, int size) {
                    meter.passed(size);
                }
            });
            meter.tell();
            return tally.summary();
        }
    }

    /** Shows an archived graph. */
    static boolean visit(EntrySource source, RecordVisitor visitor, Progress progress) throws IOException {
        Meter meter = new Meter(progress, () -> false);
        try (GraphTally tally = new GraphTally()) {
            decode(source, tally, Shown.receiver(visitor, meter));
        }
        meter.tell();
        return true;
    }

    private static void decode(EntrySource source, GraphTally tally, DumpReader.Receiver receiver) throws IOException {
        BackupException unknown = unknownForm(source.archived());
        if (unknown != null) {
            throw new BackupException(unknown.kind(), unknown.problem() + NOTHING_CHANGED, unknown.remedy());
        }
        Scope scope = new Scope(source.archived().scope().getOrDefault(Neo4jSettings.NAMESPACE, ""));
        int[] files = {0};
        source.forEach((entry, content) -> {
            if (!entry.name().equals(Neo4jExport.FILE) || files[0]++ > 0) {
                throw damaged(entry.path() + " does not belong to a graph of Neo4j", null);
            }
            try {
                DumpReader.read(content, scope, tally, receiver);
            } catch (Malformed e) {
                throw damaged(entry.path() + " in the archive " + e.getMessage(), e);
            }
        });
        if (files[0] == 0) {
            throw damaged("The archive has no file of the graph", null);
        }
    }

    private static BackupException damaged(String problem, Malformed cause) {
        return new BackupException(Kind.CORRUPT, Texts.shown(problem), "Use another archive", cause);
    }

    private static BackupException unknownForm(StoreInfo archived) {
        return archived.form().equals(DumpWriter.FORM) || isNative(archived)
                ? null
                : new BackupException(
                        Kind.INCOMPATIBLE,
                        "The archive holds its graph in the form \"" + Texts.shown(archived.form())
                                + "\", and GRAPH_BACKEND=neo4j reads \"" + DumpWriter.FORM + "\" and \""
                                + NativeDump.FORM + "\"",
                        "Restore it with the version of ngbak that made it");
    }

    @Override
    public StoreInfo info() {
        return info;
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long bytes) throws IOException {
        List<BackupException> problems = new ArrayList<>();
        BackupException unknown = unknownForm(archived);
        if (unknown != null) {
            problems.add(unknown);
            return problems;
        }
        String namespace = archived.scope().getOrDefault(Neo4jSettings.NAMESPACE, "");
        if (!namespace.equals(settings.scope().namespace())) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive's graph is of the scope \"" + Texts.shown(namespace) + "\", and "
                            + Neo4jSettings.NAMESPACE + " is \""
                            + Texts.shown(settings.scope().namespace())
                            + "\": the system that reads this label would not see it",
                    "Set " + Neo4jSettings.NAMESPACE + " to the archive's"));
        }
        String requires = archived.scope().getOrDefault(Neo4jExport.REQUIRES, "");
        if (!requires.isEmpty() && connection.isCommunity()) {
            problems.add(needsEnterprise(requires));
        }
        if (isNative(archived)) {
            addProblemsOfADump(archived, bytes, problems);
        }
        for (Record row : connection.rows("SHOW DATABASES YIELD name, access, currentStatus")) {
            if (row.get("name").asString().equals(settings.database())
                    && row.get("access").asString("").equals("read-only")) {
                problems.add(new BackupException(
                        Kind.INCOMPATIBLE,
                        "The database \"" + Texts.shown(settings.database()) + "\" is set to read only",
                        "Let it be written to (server.databases.read_only, server.databases.default_to_read_only),"
                                + " or correct NEO4J_DATABASE"));
            }
        }
        return problems;
    }

    private void addProblemsOfADump(StoreInfo archived, long bytes, List<BackupException> problems) throws IOException {
        BackupException commands = settings.commands()
                .problem(settings.database(), "The archive's graph is a dump for neo4j-admin database load");
        if (commands != null) {
            problems.add(commands);
        }
        String version = Texts.shown(archived.version());
        if (!ServerVersion.takes(archived.version(), connection.version())) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive's dump is of Neo4j " + version + ", and " + Texts.shown(settings.shownUrl()) + " is "
                            + connection.version()
                            + ": a dump can be loaded into the same or a newer version, from 5 on",
                    "Restore it on such a server; for others, make the backup with " + Neo4jSettings.MODE + "=bolt"));
        }
        String format = archived.scope().getOrDefault(NativeDump.STORE_FORMAT, "");
        if (format.contains("block") && connection.isCommunity()) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive's dump has the store format \"" + Texts.shown(format)
                            + "\", which Neo4j Community cannot read",
                    "Restore it into an Enterprise Edition, or make the backup with " + Neo4jSettings.MODE + "=bolt"));
        }
        Outage outage = new Outage(settings, tool);
        if (outage.freeSpace() < bytes) {
            problems.add(new BackupException(
                    Kind.NO_SPACE,
                    "The dump of " + bytes + " bytes and one of what is there now must fit below BACKUP_DIR, where "
                            + outage.freeSpace() + " bytes are free",
                    "Free some room, or set BACKUP_DIR to a larger disk"));
        }
    }

    private static BackupException needsEnterprise(String kinds) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The archive has constraints that Neo4j Community cannot hold: " + Texts.shown(kinds),
                "Restore it into an Enterprise Edition");
    }

    @Override
    public StoreSummary restore(EntrySource source, Progress progress) throws IOException {
        List<BackupException> problems = problems(source.archived(), 0);
        if (!problems.isEmpty()) {
            BackupException first = problems.get(0);
            throw new BackupException(first.kind(), first.problem() + NOTHING_CHANGED, first.remedy());
        }
        if (isNative(source.archived())) {
            return load(source, Meter.ofBytes(progress, tool::aborted));
        }
        Meter meter = new Meter(progress, connection::aborted);
        meter.check();
        try (GraphTally tally = new GraphTally();
                Loader loader = new Loader(connection, settings.scope(), tally, meter)) {
            decode(source, tally, loader);
            loader.finish();
            meter.tell();
            return tally.summary();
        }
    }

    private StoreSummary load(EntrySource source, Meter meter) throws IOException {
        Outage outage = new Outage(settings, tool);
        Path dump = outage.spool(out -> NativeDump.copy(source, out, meter));
        try {
            tool.examine(dump);
            connection.close();
            StoreSummary[] found = new StoreSummary[1];
            outage.replace(dump, loaded -> {
                connection = loaded;
                found[0] = Neo4jExport.over(settings, loaded).digest(meter);
            });
            return found[0];
        } finally {
            Files.delete(dump);
        }
    }

    /** Throws for constraints and indexes that the server cannot hold, before anything is changed. */
    static void checkServer(Connection connection, List<SchemaObject> schema) {
        String kinds = Schema.needingEnterprise(schema);
        if (!kinds.isEmpty() && connection.isCommunity()) {
            BackupException e = needsEnterprise(kinds);
            throw new BackupException(e.kind(), e.problem() + NOTHING_CHANGED, e.remedy());
        }
        for (SchemaObject object : schema) {
            if (object.needsCypher25() && !ServerVersion.hasVectorFilters(connection.version())) {
                throw new BackupException(
                        Kind.INCOMPATIBLE,
                        "The archive has the vector index \"" + Texts.shown(object.name())
                                + "\" for several labels or with properties to filter by, and Neo4j "
                                + connection.version() + " cannot hold it" + NOTHING_CHANGED,
                        "Restore it into Neo4j 2026.01 or later");
            }
        }
    }

    @Override
    public void abort() {
        tool.abort();
        connection.abort();
    }

    @Override
    public void close() {
        connection.close();
    }
}
