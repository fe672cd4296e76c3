package dev.ngbak.cli;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.server.AllSettings;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * All unusable settings at once, where a start reports only the first.
 *
 * @param problems one for each unusable setting
 * @param names the unusable settings
 * @param rest the settings without the unusable ones
 */
record UnusableSettings(List<BackupException> problems, Set<String> names, Settings rest) {

    /** Returns the settings that a backup and a restore cannot use. Connects to nothing. */
    static UnusableSettings ofEngine(Settings settings) {
        return find(settings, BackupManager::new);
    }

    /** Returns the settings that the server cannot use. */
    static UnusableSettings ofServer(Settings settings) {
        return find(settings, AllSettings::requireUsableServer);
    }

    private static UnusableSettings find(Settings settings, Consumer<Settings> use) {
        List<BackupException> problems = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        Settings rest = settings;
        Optional<BackupException> problem = problem(rest, use);
        while (problem.isPresent()) {
            problems.add(problem.get());
            Optional<String> cause = cause(problem.get(), rest, use);
            if (cause.isEmpty()) {
                break;
            }
            names.add(cause.get());
            rest = rest.with(cause.get(), "");
            problem = problem(rest, use);
        }
        return new UnusableSettings(problems, names, rest);
    }

    private static Optional<BackupException> problem(Settings settings, Consumer<Settings> use) {
        try {
            use.accept(settings);
            return Optional.empty();
        } catch (BackupException e) {
            if (e.kind() != Kind.INVALID) {
                throw e;
            }
            return Optional.of(e);
        }
    }

    /** Returns the variable without which the problem is gone. */
    private static Optional<String> cause(BackupException problem, Settings settings, Consumer<Settings> use) {
        return AllSettings.load().stream()
                .flatMap(setting -> setting.variables().stream())
                .filter(name -> settings.text(name, null) != null)
                .filter(name -> problem(settings.with(name, ""), use)
                        .map(other -> !other.getMessage().equals(problem.getMessage()))
                        .orElse(true))
                .findFirst();
    }

    /** Returns whether the other settings still select the stores and the repository that the user means. */
    boolean canExamineRest() {
        return canFindArchives() && isUsable(AllSettings.ofStores());
    }

    /** Returns whether the other settings still select the repository that the user means. */
    boolean canFindArchives() {
        return names.size() == problems.size() && isUsable(AllSettings.ofArchives());
    }

    private boolean isUsable(List<SettingSpec> settings) {
        return settings.stream().map(SettingSpec::name).noneMatch(names::contains);
    }
}
