package dev.ngbak.qdrant;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which server takes whose snapshots: the same minor version or the next, says Qdrant's documentation. */
final class ServerVersion {

    private static final Pattern VERSION = Pattern.compile("v?(\\d{1,4})\\.(\\d{1,4})(?:[.-].*)?");

    private ServerVersion() {}

    static boolean takes(String archived, String live) {
        Matcher from = VERSION.matcher(archived);
        Matcher to = VERSION.matcher(live);
        if (!from.matches() || !to.matches()) {
            return false;
        }
        int step = Integer.parseInt(to.group(2)) - Integer.parseInt(from.group(2));
        return from.group(1).equals(to.group(1)) && (step == 0 || step == 1);
    }
}
