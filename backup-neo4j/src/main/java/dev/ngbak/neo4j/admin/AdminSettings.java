package dev.ngbak.neo4j.admin;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.SafeText;
import dev.ngbak.spi.support.TempFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The commands that run neo4j-admin, stop Neo4j and start it, and the database that they work on. */
public final class AdminSettings {

    public static final SettingSpec ADMIN_COMMAND = SettingSpec.sensitive(
            "NEO4J_ADMIN_CMD",
            "Command for `sh -c` that runs `neo4j-admin`, for mode `admin` and to restore an archive of that mode. ngbak appends"
                    + " arguments such as `database dump --to-stdout neo4j`. The command must work while Neo4j is stopped, on"
                    + " the files of the Neo4j at `NEO4J_URL`, as the user who owns them, and must pass standard input and"
                    + " output through. Neo4j 5.19 or newer is required.");

    public static final SettingSpec STOP_COMMAND = SettingSpec.sensitive(
            "NEO4J_STOP_CMD",
            "Command for `sh -c` that stops Neo4j. It must return only after Neo4j has stopped cleanly.");

    public static final SettingSpec START_COMMAND = SettingSpec.sensitive(
            "NEO4J_START_CMD",
            "Command for `sh -c` that starts Neo4j. It need not wait: ngbak itself waits up to ten minutes for the"
                    + " database to answer.");

    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    private final Settings settings;
    private final String url;
    private final String database;
    private final Optional<Secret> password;

    /** @param password the password of the database, to be hidden in messages */
    public AdminSettings(Settings settings, String url, String database, Optional<Secret> password) {
        this.settings = settings;
        this.url = url;
        this.database = database;
        this.password = password;
    }

    /**
     * Returns a problem if the commands cannot be used.
     *
     * @param databaseSetting the setting that names the database
     * @param purpose why the commands are needed: the start of the message
     */
    public Optional<BackupException> problem(String databaseSetting, String purpose) {
        List<String> missing = Stream.of(ADMIN_COMMAND, STOP_COMMAND, START_COMMAND)
                .filter(command -> command.text(settings).isEmpty())
                .map(SettingSpec::name)
                .toList();
        if (!missing.isEmpty()) {
            return Optional.of(new BackupException(
                    Kind.INVALID,
                    purpose + ", but " + String.join(" and ", missing)
                            + (missing.size() == 1 ? " is not set" : " are not set"),
                    "Set the commands that run neo4j-admin, stop Neo4j and start it (" + ADMIN_COMMAND.name() + ", "
                            + STOP_COMMAND.name() + ", " + START_COMMAND.name() + ")"));
        }
        // The name becomes part of a shell command.
        if (!database.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
            return Optional.of(Settings.unusable(
                    databaseSetting,
                    SafeText.forMessage(database),
                    "a database name of letters, digits, dots, underscores and hyphens"));
        }
        return Optional.empty();
    }

    /** Returns whether the commands can be used. */
    boolean isUsable() {
        return problem("", "").isEmpty();
    }

    String command(SettingSpec command) {
        return command.required(settings);
    }

    String database() {
        return database;
    }

    /** Returns the output of a command without the password. */
    String redact(String output) {
        return password.map(secret -> secret.hiddenIn(output)).orElse(output);
    }

    /** Returns the time limit for stopping Neo4j, and for starting it and waiting until it answers. */
    Duration timeout() {
        return TIMEOUT;
    }

    /** Returns the directory of files that must outlive the process. It may not exist yet. */
    Path stateDirectory() {
        return settings.path(TempFiles.BACKUP_DIR, TempFiles.DEFAULT_BACKUP_DIR)
                .resolve(TempFiles.STATE_DIRECTORY)
                .resolve("neo4j")
                .toAbsolutePath();
    }

    /** Returns a file in the state directory that belongs to this database. */
    Path stateFile(String suffix) {
        byte[] target = (url + " " + database).getBytes(StandardCharsets.UTF_8);
        return stateDirectory()
                .resolve(HexFormat.of().formatHex(ContentDigest.sha256().digest(target), 0, 8) + suffix);
    }

    Path temporaryDirectory() {
        return TempFiles.of(settings).directory();
    }
}
