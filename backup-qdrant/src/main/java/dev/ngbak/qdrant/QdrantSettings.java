package dev.ngbak.qdrant;

import dev.ngbak.spi.Secret;
import dev.ngbak.spi.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;

/**
 * Where the server is and what of it is ours.
 *
 * @param grpcPort of the same host, 0 for none
 * @param prefix what names of collections in scope begin with, before {@code _}; {@code *} for all collections
 */
record QdrantSettings(URI url, int grpcPort, Secret apiKey, String prefix, Form mode) {

    static final String PREFIX = "QDRANT_NAMESPACE_PREFIX";

    static QdrantSettings of(Settings settings) {
        return new QdrantSettings(
                url(settings.text("QDRANT_URL", "http://localhost:6333")),
                (int) settings.number("QDRANT_GRPC_PORT", 6334, 0, 65_535),
                settings.secret("QDRANT_API_KEY"),
                settings.text(PREFIX, workingFolder(settings)),
                settings.choice("QDRANT_BACKUP_MODE", Form.SNAPSHOT));
    }

    private static String workingFolder(Settings settings) {
        Path folder = settings.path("WORKING_DIR", "./api_working_dir")
                .toAbsolutePath()
                .normalize();
        Path name = folder.getFileName();
        return name == null ? "*" : name.toString();
    }

    private static URI url(String text) {
        try {
            URI url = new URI(text);
            if (url.getHost() != null
                    && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
                    && url.getRawUserInfo() == null
                    && url.getRawQuery() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // said below, as for a scheme that is none of ours
        }
        // Not the value itself: somebody may have put a password into it.
        throw Settings.unusable(
                "QDRANT_URL", text.replaceAll("//[^/@]*@", "//***@"), "http://host:port or https://host:port");
    }

    /** Whether a collection belongs to the system. */
    boolean covers(String collection) {
        return prefix.equals("*") || collection.startsWith(prefix + "_");
    }

    /** The server as a person would write it. */
    String place() {
        return "Qdrant at " + url;
    }
}
