package dev.ngbak.neo4j;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which server takes whose dumps. Patch releases don't count; what comes after 5 is named by the year. */
final class ServerVersion {

    private static final Pattern VERSION = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})(?:[.-].*)?");

    /** Dumps of those before have a store that has to be migrated first. */
    private static final int OLDEST_MAJOR = 5;

    private static final int VECTOR_FILTERS = 2026;

    private ServerVersion() {}

    /** Whether vector indexes may have filter properties and several labels, which came with 2026.01. */
    static boolean hasVectorFilters(String live) {
        Matcher version = VERSION.matcher(live);
        return version.matches() && Integer.parseInt(version.group(1)) >= VECTOR_FILTERS;
    }

    static boolean takes(String archived, String live) {
        Matcher from = VERSION.matcher(archived);
        Matcher to = VERSION.matcher(live);
        if (!from.matches() || !to.matches()) {
            return false;
        }
        int major = Integer.parseInt(from.group(1));
        int step = Integer.compare(major, Integer.parseInt(to.group(1)));
        int smallStep = Integer.compare(Integer.parseInt(from.group(2)), Integer.parseInt(to.group(2)));
        return major >= OLDEST_MAJOR && (step < 0 || step == 0 && smallStep <= 0);
    }
}
