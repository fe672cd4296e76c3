package dev.ngbak.engine;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.repository.ScratchFolder;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.support.SafeText;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The stores that a drill restores into, and the proof that they are not the live ones. Each is either a scope with the random
 * name of the drill, or a scope that the {@code DRILL_} settings name on a server that is provably another one.
 */
final class ScratchStores {

    /** The beginning of the name of a scratch setting. The rest is the name of the setting that it replaces. */
    static final String SETTING_PREFIX = "DRILL_";

    private final StoreRegistry live;
    private final StoreRegistry scratch;
    private final String name;
    private final ScratchFolder folder;

    /**
     * @param live the stores that the settings select
     * @param name the name of the drill, which nothing else has
     * @param backends of the archive
     */
    ScratchStores(StoreRegistry live, StateDirectory state, String name, Map<Role, String> backends) {
        this.live = live;
        this.name = name;
        this.folder =
                ScratchFolder.of(state, live.settings().text(SETTING_PREFIX + GraphLayout.WORKING_DIR.name()), name);
        Settings settings = live.settings();
        for (var backend : backends.entrySet()) {
            settings = settings.with(backend.getKey().setting(), backend.getValue());
        }
        for (Role role : backends.keySet()) {
            settings = withScratch(settings, live.with(settings), role);
        }
        this.scratch = live.with(settings.with(GraphLayout.WORKING_DIR.name(), folder.path()));
    }

    /** Replaces the settings of one store. */
    private Settings withScratch(Settings settings, StoreRegistry archived, Role role) {
        Settings changed = settings;
        boolean otherServer = namesServer(archived, role);
        for (SettingSpec spec : archived.exporter(role).settings()) {
            boolean replaced = isReplaced(spec);
            // A command or a credential of the live server must not reach another one, and no command must act on the
            // live one.
            boolean dropped = otherServer || spec.kind() == SettingSpec.Kind.SENSITIVE;
            if (replaced || dropped || spec.scope() != null) {
                for (String variable : spec.variables()) {
                    changed = changed.with(variable, live.settings().text(SETTING_PREFIX + variable, ""));
                }
            }
            if (!replaced && spec.scope() != null) {
                changed = changed.with(spec.name(), name);
            }
        }
        return changed;
    }

    private boolean namesServer(StoreRegistry stores, Role role) {
        return stores.exporter(role).settings().stream()
                .anyMatch(spec -> spec.kind() == SettingSpec.Kind.URL && isReplaced(spec));
    }

    private boolean isReplaced(SettingSpec spec) {
        return spec.variables().stream().anyMatch(variable -> live.settings().text(SETTING_PREFIX + variable) != null);
    }

    /** Returns the setting that replaces another one in a drill. */
    static SettingSpec setting(SettingSpec live) {
        return new SettingSpec(SETTING_PREFIX + live.name(), null, live.kind(), live.description(), null);
    }

    StoreRegistry stores() {
        return scratch;
    }

    /** Returns the folder of the file-based stores, which belongs to the drill alone. */
    ScratchFolder folder() {
        return folder;
    }

    String target(Role role) {
        return scratch.target(role);
    }

    /** Returns whether the drill's own name selects the scope, so that it cannot be that of a system. */
    boolean isOwnScope(Role role) {
        return target(role).contains(name);
    }

    /**
     * Proves that a store is not a live one, as far as the settings show it.
     *
     * @throws BackupException {@code INVALID} if it may be
     */
    void requireOther(Role role) {
        if (target(role).equals(liveWithBackend(role).target(role))) {
            throw new BackupException(
                            Kind.INVALID,
                            "The drill would write to the live " + role.id() + " store, " + target(role),
                            adviceFor(role))
                    .withRole(role);
        }
    }

    /**
     * Proves that a store contains nothing that the drill would replace, and, unless the scope has the drill's own name, that
     * it is on another server: the same scope of the live server contains something.
     *
     * @throws BackupException {@code INVALID} if that cannot be proved; {@code UNREACHABLE}
     */
    void requireEmpty(Role role) {
        requireOther(role);
        Optional<String> content = Errors.inStore(
                role, "the scratch store of " + role.id() + " was being inspected", () -> content(scratch, role));
        if (content.isPresent()) {
            throw new BackupException(
                            Kind.INVALID,
                            "The scratch store of the drill, " + target(role) + ", is not empty: it has "
                                    + content.get(),
                            "A drill never replaces anything. " + adviceFor(role))
                    .withRole(role);
        }
        if (!isOwnScope(role) && !liveHasSameScope(role)) {
            throw new BackupException(
                            Kind.INVALID,
                            "Nothing proves that the scratch store of the drill, " + target(role)
                                    + ", is on another server than the live one: the same scope of the live server is"
                                    + " empty or cannot be read",
                            adviceFor(role))
                    .withRole(role);
        }
    }

    /** Returns the live stores with the backend of the archive, because the settings may select another one by now. */
    private StoreRegistry liveWithBackend(Role role) {
        return live.with(live.settings().with(role.setting(), scratch.backend(role)));
    }

    /** Returns whether the scope of the scratch store contains something on the server of the live one. */
    private boolean liveHasSameScope(Role role) {
        Settings settings = liveWithBackend(role).settings();
        for (SettingSpec spec : scratch.exporter(role).settings()) {
            if (spec.scope() != null) {
                settings = settings.with(spec.name(), scratch.settings().text(spec.name(), ""));
            }
        }
        try {
            return content(live.with(settings), role).isPresent();
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    /** Returns what a store contains, for messages. */
    private static Optional<String> content(StoreRegistry stores, Role role) throws IOException {
        try (ExportSession session = stores.openExport(role)) {
            String groups = session.counts().counts().entrySet().stream()
                    .filter(group -> group.getValue() > 0)
                    .map(group -> SafeText.forMessage(group.getKey()) + " " + group.getValue())
                    .limit(4)
                    .collect(Collectors.joining(", "));
            return groups.isEmpty() ? Optional.empty() : Optional.of(groups);
        }
    }

    private String adviceFor(Role role) {
        String scope = names(role, spec -> spec.scope() != null);
        return (scope.isEmpty() ? "" : "Unset " + scope + " to let the drill use a scope of its own. Or: ")
                + serverAdvice(role);
    }

    /** Returns how to give a store a scratch server, naming the settings. */
    String serverAdvice(Role role) {
        String scope = names(role, spec -> spec.scope() != null);
        String address = names(role, spec -> spec.kind() == SettingSpec.Kind.URL);
        if (address.isEmpty()) {
            address = names(role, spec -> spec.scope() == null);
        }
        return address.isEmpty()
                ? "The plugin for " + scratch.backend(role) + " has no setting that selects another store"
                : "Set " + address + " to a scratch server or folder"
                        + (scope.isEmpty() ? "" : ", and " + scope + " to the scope in the archive");
    }

    private String names(Role role, Predicate<SettingSpec> matching) {
        return scratch.exporter(role).settings().stream()
                .filter(matching)
                .map(spec -> SETTING_PREFIX + spec.name())
                .findFirst()
                .orElse("");
    }
}
