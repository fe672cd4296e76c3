package dev.ngbak.engine;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds the plugins that the settings select. */
final class StoreRegistry {

    private final Settings settings;
    private final GraphLayout layout;
    private final Collection<StorageExporter> exporters;
    private final Collection<StorageRestorer> restorers;

    StoreRegistry(Settings settings, Collection<StorageExporter> exporters, Collection<StorageRestorer> restorers) {
        this.layout = GraphLayout.of(settings);
        this.settings = layout.effective(settings);
        this.exporters = List.copyOf(exporters);
        this.restorers = List.copyOf(restorers);
    }

    /** Returns the same plugins with the stores of another workspace. */
    StoreRegistry withWorkspace(String workspace) {
        return new StoreRegistry(layout.withWorkspace(settings, workspace), exporters, restorers);
    }

    /** Returns the same plugins with other settings. */
    StoreRegistry with(Settings others) {
        return new StoreRegistry(others, exporters, restorers);
    }

    /** Returns the settings that these plugins, the repositories and the engine declare. */
    List<SettingSpec> settingSpecs() {
        return SettingCatalog.of(exporters);
    }

    /** @throws BackupException {@code INVALID} for a backend without a plugin */
    void check() {
        for (Role role : Role.values()) {
            backend(role);
        }
    }

    /** Returns the backend that the settings select for a role. */
    String backend(Role role) {
        List<String> known = exporters.stream()
                .filter(exporter -> exporter.role() == role)
                .map(StorageExporter::backend)
                .sorted()
                .toList();
        return settings.choice(role.setting(), layout.defaultBackend(role), known);
    }

    StorageExporter exporter(Role role) {
        String backend = backend(role);
        return exporters.stream()
                .filter(plugin -> plugin.role() == role && plugin.backend().equals(backend))
                .findFirst()
                .orElseThrow();
    }

    /** Returns the restorer for an archived backend, or {@code null} if there is no plugin for it. */
    StorageRestorer restorer(Role role, String backend) {
        return restorers.stream()
                .filter(plugin -> plugin.role() == role && plugin.backend().equals(backend))
                .findFirst()
                .orElse(null);
    }

    /** Returns the exact target that a restore of a role replaces. */
    String target(Role role) {
        return Errors.inPlugin(
                "the " + role.id() + " store was being named",
                () -> restorer(role, backend(role)).target(settings));
    }

    /** Returns advice for users after a restore has replaced these stores. Ignores the failure of a plugin. */
    List<String> adviceAfterRestore(Set<Role> roles) {
        Set<String> advice = new LinkedHashSet<>();
        for (Role role : roles) {
            try {
                advice.addAll(restorer(role, backend(role)).adviceAfterRestore(settings));
            } catch (RuntimeException | Error e) {
                continue;
            }
        }
        return List.copyOf(advice);
    }

    Settings settings() {
        return settings;
    }

    /** Returns the layout of the system that the settings select. */
    GraphLayout layout() {
        return layout;
    }

    /** Opens the configured store of a role for reading. */
    ExportSession openExport(Role role) {
        return exporter(role).open(settings);
    }

    /** Opens the configured store of a role for a restore. */
    RestoreSession openRestore(Role role) {
        return restorer(role, backend(role)).open(settings);
    }

    /** Opens stores for reading, all or none, and aborts them when the job is cancelled. Reports all failures at once. */
    Map<Role, ExportSession> openExports(Set<Role> roles, Job job) {
        Map<Role, ExportSession> sessions = new EnumMap<>(Role.class);
        List<BackupException> failures = new ArrayList<>();
        for (Role role : roles) {
            try {
                ExportSession session = openExport(role);
                job.onCancel(session::abort);
                sessions.put(role, session);
            } catch (RuntimeException | Error e) {
                failures.add(
                        Errors.explain(e, "opening the " + role.id() + " store").withRole(role));
            }
        }
        if (!failures.isEmpty()) {
            close(sessions.values());
            throw joined(failures);
        }
        return sessions;
    }

    /** Closes all sessions. Ignores failures, because they do not change what was read. */
    static void close(Collection<ExportSession> sessions) {
        for (ExportSession session : sessions) {
            try {
                session.close();
            } catch (RuntimeException e) {
                continue;
            }
        }
    }

    /**
     * Joins failures into one exception, with the kind of the first one and the distinct problems and remedies of all.
     */
    static BackupException joined(List<BackupException> failures) {
        BackupException first = failures.get(0);
        if (failures.size() == 1) {
            return first;
        }
        List<String> problems =
                failures.stream().map(BackupException::problem).distinct().toList();
        BackupException all = new BackupException(
                first.kind(),
                String.join(". Also: ", problems),
                failures.stream()
                        .map(BackupException::remedy)
                        .filter(remedy -> !remedy.isEmpty())
                        .distinct()
                        .collect(Collectors.joining(". ")),
                first);
        failures.forEach(all::addSuppressed);
        return all;
    }
}
