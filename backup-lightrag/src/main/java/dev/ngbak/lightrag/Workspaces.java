package dev.ngbak.lightrag;

import dev.ngbak.layout.StoreScope;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.SafeText;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * The workspace, and the variables by which each server's storage class overrides it. A variable that is set wins, as in
 * LightRAG.
 */
enum Workspaces {
    NEO4J(Role.GRAPH, "base", "NEO4J_GRAPH_NAMESPACE"),
    QDRANT(Role.VECTOR, LightRagLayout.UNNAMED_TENANT, "QDRANT_NAMESPACE_PREFIX"),
    REDIS(Role.KV, "", "REDIS_KEY_PREFIX");

    static final SettingSpec WORKSPACE = SettingSpec.plain(
            "WORKSPACE",
            null,
            "LightRAG's workspace: the only one that is backed up and replaced. By default the unnamed one. Spelled as LightRAG"
                    + " logs it: its server replaces every character except letters, digits and `_`.");

    /** The limit of file systems. */
    private static final int MAX_BYTES = 255;

    private final Role role;
    private final String unnamed;
    /** The plugin's setting that selects another scope. */
    private final String scopeSetting;

    Workspaces(Role role, String unnamed, String scopeSetting) {
        this.role = role;
        this.unnamed = unnamed;
        this.scopeSetting = scopeSetting;
    }

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

    /** Returns what stands for the unnamed workspace in this storage. */
    String unnamed() {
        return unnamed;
    }

    /**
     * Returns settings that select a workspace in every store.
     *
     * @param workspace empty for the unnamed one
     * @param scopes returns the scope of a store
     */
    static Settings select(Settings settings, String workspace, BiFunction<Role, Settings, StoreScope> scopes) {
        problem(workspace).ifPresent(problem -> {
            throw refused(workspace, problem, "Use another name");
        });
        Settings selected = settings.with(WORKSPACE.name(), workspace);
        for (Workspaces storage : values()) {
            if (storage.isUsed(settings)) {
                storage.requireSelectable(settings, workspace);
            }
            selected = selected.with(storage.variable(), "");
        }
        for (Workspaces storage : values()) {
            if (storage.isUsed(settings)) {
                storage.requireOwnScope(selected, workspace, scopes);
            }
        }
        return selected;
    }

    private static Optional<String> problem(String workspace) {
        if (!isAllowed(workspace)) {
            return Optional.of("a name has no slashes and is not \".\", \"..\" or \"*\"");
        }
        if (!workspace.equals(workspace.strip())) {
            return Optional.of("a name has no white space at its ends");
        }
        return workspace.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES
                ? Optional.of("a name has at most " + MAX_BYTES + " bytes")
                : Optional.empty();
    }

    private void requireSelectable(Settings settings, String workspace) {
        String override = settings.text(variable());
        if (override != null && !override.equals(workspace)) {
            throw refused(
                    workspace,
                    variable() + " is " + SafeText.quoted(override)
                            + ", so LightRAG uses that workspace in this store whatever the other stores use",
                    "Unset " + variable() + ", for LightRAG too");
        }
        if (!workspace.isEmpty() && workspace.equals(unnamed)) {
            throw refused(
                    workspace,
                    "LightRAG gives the unnamed workspace the same name in " + displayName(),
                    "Use another name, or \"\" for the unnamed workspace");
        }
        if (this == REDIS && workspace.contains(":")) {
            throw refused(
                    workspace,
                    "a colon ends a namespace in a key of Redis, so keys would be mistaken for those of another workspace",
                    "Use another name");
        }
    }

    private void requireOwnScope(Settings selected, String workspace, BiFunction<Role, Settings, StoreScope> scopes) {
        String own = selected.text(scopeSetting);
        if (own != null && !own.equals(scopes.apply(role, selected).name())) {
            throw refused(
                    workspace,
                    scopeSetting + " is " + SafeText.quoted(own)
                            + ", which selects the scope whatever the workspace is",
                    "Unset " + scopeSetting);
        }
    }

    private static BackupException refused(String workspace, String problem, String remedy) {
        return new BackupException(
                Kind.INVALID,
                (workspace.isEmpty() ? "The unnamed workspace" : "The workspace " + SafeText.quoted(workspace))
                        + " cannot be restored into: " + problem,
                remedy);
    }

    private boolean isUsed(Settings settings) {
        return name().toLowerCase(Locale.ROOT).equals(settings.text(role.setting()));
    }

    private String displayName() {
        return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
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

    /** Returns a workspace that LightRAG accepts. */
    private static Optional<String> validated(String variable, Settings settings) {
        Optional<String> workspace = Optional.ofNullable(settings.text(variable));
        workspace.filter(name -> !isAllowed(name)).ifPresent(name -> {
            throw Settings.unusable(variable, name, "a name without slashes, other than \".\", \"..\" and \"*\"");
        });
        return workspace;
    }

    /** A workspace {@code *} would mean everything to the plugins. */
    private static boolean isAllowed(String name) {
        return !name.matches("(?s).*[/\\\\\\p{Cntrl}].*")
                && !List.of(".", "..", "*").contains(name);
    }
}
