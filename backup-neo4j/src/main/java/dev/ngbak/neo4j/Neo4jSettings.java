package dev.ngbak.neo4j;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.StoreScope;
import dev.ngbak.neo4j.admin.AdminSettings;
import dev.ngbak.neo4j.admin.MaintenanceWindow;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.support.SafeText;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How to reach Neo4j, and which part of it to back up.
 *
 * @param databases the databases that may contain the graph, the most likely first; the name of the default database is
 *     empty
 * @param scopeSetting the setting that selects another scope, for messages
 * @param password empty for a server without authentication
 * @param dumpsNatively whether a backup is a dump of neo4j-admin; a restore goes by the form in the archive
 * @param idleTimeout how long a call may wait for an answer
 * @param source the settings that these were parsed from, for the layout and the temporary files
 */
record Neo4jSettings(
        String url,
        String username,
        Optional<Secret> password,
        List<String> databases,
        GraphScope scope,
        String scopeSetting,
        boolean dumpsNatively,
        AdminSettings admin,
        Duration idleTimeout,
        Settings source) {

    static final SettingSpec URL = SettingSpec.url(
            "NEO4J_URL",
            "neo4j://localhost:7687",
            "Address of Neo4j. Use `bolt://` to connect to exactly this server, without routing. Add `+s` to the scheme for TLS,"
                    + " or `+ssc` for TLS with any certificate.");

    static final SettingSpec USERNAME = SettingSpec.plain("NEO4J_USERNAME", "neo4j", "User to log in as.");

    static final SettingSpec PASSWORD = SettingSpec.secret(
            "NEO4J_PASSWORD", "Password of the user. Without a password, the server must not require authentication.");

    static final SettingSpec DATABASE = SettingSpec.plain("NEO4J_DATABASE", "neo4j", "Name of the database.");

    static final SettingSpec NAMESPACE = SettingSpec.scope(
            Role.GRAPH,
            "NEO4J_GRAPH_NAMESPACE",
            GraphLayout.all().get(0).scope(Role.GRAPH, Settings.of(Map.of())).name(),
            "Only nodes with this label, and the relationships between them, are backed up and replaced. `*` selects the whole"
                    + " database.");

    static final String BOLT = "bolt";
    private static final String ADMIN = "admin";

    static final SettingSpec MODE = SettingSpec.plain(
            "NEO4J_BACKUP_MODE",
            BOLT,
            "`bolt`: online, any edition, no plugin on the server. `admin`: `neo4j-admin` makes a dump while Neo4j is stopped;"
                    + " requires `NEO4J_GRAPH_NAMESPACE=*`. A restore accepts archives of both modes.");

    static final List<SettingSpec> ALL = List.of(
            URL,
            USERNAME,
            PASSWORD,
            DATABASE,
            NAMESPACE,
            MODE,
            AdminSettings.ADMIN_COMMAND,
            AdminSettings.STOP_COMMAND,
            AdminSettings.START_COMMAND);

    private static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofMinutes(10);

    static Neo4jSettings from(Settings settings) {
        String url = URL.required(settings);
        StoreScope layout = GraphLayout.of(settings).scope(Role.GRAPH, settings);
        Optional<String> label = Optional.ofNullable(settings.text(NAMESPACE.name()));
        boolean isDatabaseKnown =
                settings.text(DATABASE.name()) != null || layout.databases().isEmpty();
        List<String> databases = isDatabaseKnown ? List.of(DATABASE.required(settings)) : layout.databases();
        Optional<Secret> password = Optional.ofNullable(settings.secret(PASSWORD.name()));
        String mode = settings.choice(MODE.name(), MODE.defaultValue(), List.of(BOLT, ADMIN));
        Neo4jSettings neo4j = new Neo4jSettings(
                url,
                USERNAME.required(settings),
                password,
                databases,
                scope(settings),
                label.isPresent() || layout.setting().isEmpty() ? NAMESPACE.name() : layout.setting(),
                mode.equals(ADMIN),
                new AdminSettings(settings, url, DatabaseChoice.displayName(databases), password),
                DEFAULT_IDLE_TIMEOUT,
                settings);
        if (neo4j.dumpsNatively) {
            neo4j.checkNativeDumps();
        }
        return neo4j;
    }

    /** Returns the part of a database that settings select, even if they do not say how to reach the server. */
    static GraphScope scope(Settings settings) {
        String layout = GraphLayout.of(settings).scope(Role.GRAPH, settings).name();
        return new GraphScope(
                Optional.ofNullable(settings.text(NAMESPACE.name())).orElse(layout));
    }

    /** Returns the database, or all that may contain the graph, for messages. */
    String database() {
        return DatabaseChoice.displayName(databases);
    }

    private void checkNativeDumps() {
        String purpose = MODE.name() + " is \"" + ADMIN + "\"";
        admin.problem(DATABASE.name(), purpose).ifPresent(problem -> {
            throw problem;
        });
        if (!scope.isWholeDatabase()) {
            throw new BackupException(
                    Kind.INVALID,
                    purpose + ", which always backs up the whole database, but " + NAMESPACE.name() + " is "
                            + SafeText.quoted(scope.namespace()) + ". A restore would remove all other data",
                    "Set " + NAMESPACE.name() + "=* if the database contains nothing else, or " + MODE.name() + "="
                            + BOLT);
        }
    }

    /** Returns the namespace of an archived graph. */
    static String archivedNamespace(StoreInfo archived) {
        return archived.scope().getOrDefault(NAMESPACE.name(), "");
    }

    Neo4jSettings withIdleTimeout(Duration timeout) {
        return new Neo4jSettings(
                url, username, password, databases, scope, scopeSetting, dumpsNatively, admin, timeout, source);
    }

    /** Returns whether the driver asks the server which member of a cluster to use. */
    boolean isRouted() {
        return url.startsWith("neo4j");
    }

    /** Returns the URL without a user or a token that it may contain. */
    String urlWithoutCredentials() {
        return url.replaceAll("(?<=://)[^/@\\s]*@", "").replaceAll("[?#].*", "");
    }

    /** Returns the window in which Neo4j is stopped, if a native dump is made or restored. */
    MaintenanceWindow maintenanceWindow() {
        return new MaintenanceWindow(admin, () -> Neo4jConnection.open(this).close());
    }
}
