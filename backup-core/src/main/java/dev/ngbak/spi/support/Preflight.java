package dev.ngbak.spi.support;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The checks that every restorer makes before it writes. */
public final class Preflight {

    private Preflight() {}

    /** Throws the first problem, if any. A restore calls it, so that it never starts on a store that refuses it. */
    public static void requireNone(List<BackupException> problems) {
        if (!problems.isEmpty()) {
            throw problems.get(0).withEffect(Effect.NOTHING_CHANGED);
        }
    }

    /**
     * Returns a problem if an archived store has a form that the plugin does not read.
     *
     * @param known the names of the forms that it reads
     */
    public static Optional<BackupException> unknownForm(
            StoreInfo archived, Role role, String backend, String... known) {
        if (List.of(known).contains(archived.form())) {
            return Optional.empty();
        }
        return Optional.of(new BackupException(
                Kind.INCOMPATIBLE,
                "The archive contains its " + role.id() + " store in the form " + SafeText.quoted(archived.form())
                        + ", but " + role.setting() + "=" + backend + " reads only "
                        + Arrays.stream(known).map(form -> '"' + form + '"').collect(Collectors.joining(" and ")),
                "Restore it with the version of ngbak that made it"));
    }

    /** Throws the problem of {@link #unknownForm}, if any. */
    public static void requireForm(StoreInfo archived, Role role, String backend, String... known) {
        unknownForm(archived, role, backend, known).ifPresent(problem -> {
            throw problem.withEffect(Effect.NOTHING_CHANGED);
        });
    }
}
