package dev.ngbak.lightrag;

import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.List;
import java.util.Optional;

/**
 * The workspace, and the variables by which each server's storage class overrides it. A variable that is set wins, as in
 * LightRAG.
 */
enum Workspaces {
    NEO4J,
    QDRANT,
    REDIS;

    static final SettingSpec WORKSPACE = SettingSpec.plain(
            "WORKSPACE",
            null,
            "LightRAG's workspace: the only one that is backed up and replaced. By default the unnamed one. Spelled as LightRAG"
                    + " logs it: its server replaces every character except letters, digits and `_`.");

    /** Returns the settings of all storages. */
    static List<SettingSpec> settings() {
        return List.of(WORKSPACE, NEO4J.override(), QDRANT.override(), REDIS.override());
    }

    /** Returns the workspace of the files, and of every server's storage that does not override it. */
    static Optional<String> common(Settings settings) {
        return validated(WORKSPACE.name(), settings);
    }

    /** Returns the workspace of this storage; empty for the unnamed one. */
    Optional<String> of(Settings settings) {
        return validated(variable(), settings).or(() -> common(settings));
    }

    /** Returns the variables that select the workspace of this storage, for messages. */
    String variables() {
        return WORKSPACE.name() + " or " + variable();
    }

    private String variable() {
        return name() + "_WORKSPACE";
    }

    private SettingSpec override() {
        return SettingSpec.plain(
                variable(), null, "LightRAG's workspace in this store, if it is not `" + WORKSPACE.name() + "`.");
    }

    /** Returns a workspace that LightRAG accepts. A workspace {@code *} would mean everything to the plugins. */
    private static Optional<String> validated(String variable, Settings settings) {
        Optional<String> workspace = Optional.ofNullable(settings.text(variable));
        workspace.ifPresent(name -> {
            if (name.matches(".*[/\\\\\\p{Cntrl}].*") || List.of(".", "..", "*").contains(name)) {
                throw Settings.unusable(variable, name, "a name without slashes, other than \".\", \"..\" and \"*\"");
            }
        });
        return workspace;
    }
}
