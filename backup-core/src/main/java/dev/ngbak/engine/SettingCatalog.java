package dev.ngbak.engine;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.repository.Repositories;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.StorageExporter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The settings that storage plugins, repositories, layouts and the engine declare. */
public final class SettingCatalog {

    private static final GraphLayout DEFAULT_LAYOUT = GraphLayout.all().get(0);

    private SettingCatalog() {}

    /** Returns the settings of everything on the class path, each once, in the order of the settings page. */
    public static List<SettingSpec> load() {
        return of(exporters());
    }

    /** Returns the settings that select and address the stores, of everything on the class path. */
    public static List<SettingSpec> loadOfStores() {
        return ofStores(exporters());
    }

    /** Returns the settings that replace those of the stores in a restore drill. */
    public static List<SettingSpec> ofScratchStores() {
        return exporters().stream()
                .flatMap(exporter -> exporter.settings().stream())
                .distinct()
                .map(ScratchStores::setting)
                .toList();
    }

    /** Returns the settings that describe the GraphRAG system: its version, and what a check of its references expects. */
    public static List<SettingSpec> ofSystem() {
        List<SettingSpec> all = new ArrayList<>(List.of(EngineSettings.VERSION));
        addDimensions(all);
        return distinct(all);
    }

    private static List<StorageExporter> exporters() {
        return ServiceLoader.load(StorageExporter.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /** Returns the settings of these plugins, the repositories and the engine. */
    public static List<SettingSpec> of(Collection<? extends StorageExporter> exporters) {
        List<SettingSpec> all = new ArrayList<>(ofStores(exporters));
        all.addAll(Repositories.settings());
        all.addAll(EngineSettings.ALL);
        addDimensions(all);
        return distinct(all);
    }

    private static void addDimensions(List<SettingSpec> all) {
        GraphLayout.all().forEach(layout -> layout.embeddingDimension().ifPresent(all::add));
    }

    /** Returns the settings that select and address the stores: those of these plugins and of the layout. */
    private static List<SettingSpec> ofStores(Collection<? extends StorageExporter> exporters) {
        List<SettingSpec> all = new ArrayList<>();
        for (Role role : Role.values()) {
            all.add(backend(role, exporters));
        }
        all.add(system());
        GraphLayout.all().forEach(layout -> all.addAll(layout.settings()));
        exporters.stream()
                .sorted(Comparator.comparing((StorageExporter exporter) -> !isDefault(exporter))
                        .thenComparing(StorageExporter::role)
                        .thenComparing(StorageExporter::backend))
                .forEach(exporter -> all.addAll(Errors.inPlugin(
                        "the settings of the " + exporter.role().id() + " plugin were being read",
                        exporter::settings)));
        return distinct(all);
    }

    private static SettingSpec system() {
        String known = GraphLayout.all().stream()
                .map(layout -> "`" + layout.name() + "`")
                .collect(Collectors.joining(" or "));
        return SettingSpec.plain(
                GraphLayout.SYSTEM.name(),
                GraphLayout.SYSTEM.defaultValue(),
                GraphLayout.SYSTEM.description().replaceFirst("\\.$", ": " + known + "."));
    }

    private static List<SettingSpec> distinct(List<SettingSpec> all) {
        Map<String, SettingSpec> settings = new LinkedHashMap<>();
        all.forEach(setting -> settings.putIfAbsent(setting.name(), setting));
        return List.copyOf(settings.values());
    }

    private static boolean isDefault(StorageExporter exporter) {
        return DEFAULT_LAYOUT.defaultBackend(exporter.role()).equals(exporter.backend());
    }

    private static SettingSpec backend(Role role, Collection<? extends StorageExporter> exporters) {
        String known = exporters.stream()
                .filter(exporter -> exporter.role() == role)
                .sorted(Comparator.comparing((StorageExporter exporter) -> !isDefault(exporter))
                        .thenComparing(StorageExporter::backend))
                .map(exporter -> "`" + exporter.backend() + "`")
                .collect(Collectors.joining(" or "));
        return SettingSpec.plain(
                role.setting(),
                DEFAULT_LAYOUT.defaultBackend(role),
                "The backend of the " + role.id() + " store" + (known.isEmpty() ? "." : ": " + known + "."));
    }
}
