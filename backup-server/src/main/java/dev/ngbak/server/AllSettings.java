package dev.ngbak.server;

import dev.ngbak.engine.SettingCatalog;
import dev.ngbak.repository.Repositories;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All settings of the program. */
public final class AllSettings {

    private AllSettings() {}

    /** Returns the settings of the engine, of all plugins and of the server, in that order. */
    public static List<SettingSpec> load() {
        return with(SettingCatalog.load());
    }

    /** Returns all settings, and those that replace some of them in a restore drill. */
    public static List<SettingSpec> withScratch() {
        List<SettingSpec> all = new ArrayList<>(load());
        all.addAll(SettingCatalog.ofScratchStores());
        return List.copyOf(all);
    }

    /** Returns the settings that select and address the stores. */
    public static List<SettingSpec> ofStores() {
        return SettingCatalog.loadOfStores();
    }

    /** Returns the settings that say where archives are. */
    public static List<SettingSpec> ofArchives() {
        return Repositories.settings();
    }

    /** Returns the settings that describe the GraphRAG system. */
    public static List<SettingSpec> ofSystem() {
        return SettingCatalog.ofSystem();
    }

    /** Returns the settings that only the server reads. */
    public static List<SettingSpec> ofServer() {
        return ServerSettings.ALL;
    }

    /**
     * Checks the settings that only the server reads.
     *
     * @throws dev.ngbak.spi.BackupException {@code INVALID} for an unusable one
     */
    public static void requireUsableServer(Settings settings) {
        ServerSettings.from(settings);
    }

    /** Returns the settings with these names, in the order of the names. */
    public static List<SettingSpec> named(String... names) {
        List<SettingSpec> all = load();
        return Arrays.stream(names)
                .map(name -> all.stream()
                        .filter(setting -> setting.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(name + " is not a setting")))
                .toList();
    }

    /** Returns the given settings, those of the server and that of the plugin folder. */
    static List<SettingSpec> with(List<SettingSpec> engine) {
        List<SettingSpec> all = new ArrayList<>(engine);
        all.addAll(ServerSettings.ALL);
        all.add(PluginFolder.SETTING);
        return List.copyOf(all);
    }
}
