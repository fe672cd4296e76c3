package dev.ngbak.qdrant;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.StoreScope;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;

/**
 * The address of the server, and the collections in scope.
 *
 * @param grpcPort the gRPC port on the same host, or 0 to use REST only
 * @param prefix the part of collection names before {@code _}, or {@code *} for all collections
 * @param tenant the owner of the points in scope
 * @param scopeSetting the setting that selects another scope, for messages
 * @param mode the form of archives that a backup makes; for one of several tenants always {@code SCROLL}, because a snapshot
 *     contains all of them
 * @param layout what the system calls its parts
 */
record QdrantSettings(
        URI url,
        int grpcPort,
        Optional<Secret> apiKey,
        String prefix,
        Tenant tenant,
        String scopeSetting,
        ArchiveForm mode,
        GraphLayout layout) {

    /** The value of {@code VECTOR_BACKEND} that selects this plugin. */
    static final String BACKEND = "qdrant";

    static final SettingSpec URL = SettingSpec.url(
            "QDRANT_URL",
            "http://localhost:6333",
            "The URL of Qdrant's REST API, `http://` or `https://`, without a user name. The certificate of an `https://`"
                    + " server must match the host and be signed by a CA that Java trusts.");

    static final SettingSpec GRPC_PORT = SettingSpec.plain(
            "QDRANT_GRPC_PORT",
            "6334",
            "The port of Qdrant's gRPC API on the same host, with TLS if `QDRANT_URL` is `https://`. ngbak reads points"
                    + " through it when it computes digests, which is faster. If the port is closed or belongs to another"
                    + " server, ngbak uses REST, with the same result. `0` means REST only.");

    static final SettingSpec API_KEY =
            SettingSpec.secret("QDRANT_API_KEY", "Qdrant's API key. It must have the right to manage collections.");

    static final SettingSpec PREFIX = SettingSpec.scope(
            Role.VECTOR,
            "QDRANT_NAMESPACE_PREFIX",
            null,
            "The prefix of the collections in scope. Only collections whose names begin with the prefix and `_` are backed"
                    + " up and replaced. `*` means all collections. The default is the last part of `WORKING_DIR`.");

    static final SettingSpec MODE = SettingSpec.plain(
            "QDRANT_BACKUP_MODE",
            ArchiveForm.SNAPSHOT.id(),
            "The form of backups. `snapshot` uses Qdrant's native snapshots, which can be restored on the same or the next"
                    + " minor version, on a single node. `scroll` archives the points, for any version and for clusters, and"
                    + " always for one of several tenants. A restore accepts both forms.");

    static final List<SettingSpec> ALL = List.of(URL, GRPC_PORT, API_KEY, PREFIX, MODE);

    private static final int MAX_PORT = 65_535;

    static QdrantSettings of(Settings settings) {
        GraphLayout layout = GraphLayout.of(settings);
        StoreScope scope = layout.scope(Role.VECTOR, settings);
        Tenant tenant = new Tenant(scope.payload());
        ArchiveForm mode = settings.choice(MODE.name(), ArchiveForm.SNAPSHOT);
        return new QdrantSettings(
                url(URL.required(settings)),
                (int) settings.number(GRPC_PORT.name(), Long.parseLong(GRPC_PORT.defaultValue()), 0, MAX_PORT),
                Optional.ofNullable(settings.secret(API_KEY.name())),
                PREFIX.text(settings).orElse(scope.name()),
                tenant,
                scope.setting().isEmpty() ? PREFIX.name() : scope.setting(),
                tenant.sharesCollections() ? ArchiveForm.SCROLL : mode,
                layout);
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
            // Reported below, like an unsupported scheme.
        }
        // The value may contain a password.
        throw Settings.unusable(
                URL.name(), text.replaceAll("//[^/@]*@", "//***@"), "http://host:port or https://host:port");
    }

    boolean isHttps() {
        return url.getScheme().equals("https");
    }

    /** Returns whether the points in scope may be in a collection. */
    boolean includes(String collection) {
        return prefix.equals("*") || collection.startsWith(prefix + "_");
    }

    /** Returns the name of the server for messages. */
    String displayName() {
        return "Qdrant at " + url;
    }
}
