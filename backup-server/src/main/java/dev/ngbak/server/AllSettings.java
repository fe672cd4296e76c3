package dev.ngbak.server;

import dev.ngbak.engine.SettingCatalog;
import dev.ngbak.spi.SettingSpec;
import java.util.ArrayList;
import java.util.List;

/** All settings of the program. */
public final class AllSettings {

    private AllSettings() {}

    /** Returns the settings of the engine, of all plugins on the class path and of the server, in that order. */
    public static List<SettingSpec> load() {
        return with(SettingCatalog.load());
    }

    /** Returns the given settings and those of the server. */
    static List<SettingSpec> with(List<SettingSpec> engine) {
        List<SettingSpec> all = new ArrayList<>(engine);
        all.addAll(ServerSettings.ALL);
        return List.copyOf(all);
    }
}
