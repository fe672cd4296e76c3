package dev.ngbak.qdrant;

import dev.ngbak.layout.GraphLayout;
import dev.ngbak.layout.StoreScope;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The addresses of the server or the nodes of a cluster, and the collections in scope.
 *
 * @param urls one for each node; ngbak reads and writes collections through the first
 * @param urlSetting the setting that contains the URLs, for messages
 * @param grpcPort the gRPC port on the host of the first URL, or 0 to use REST only
 * @param prefix the part of collection names before {@code _}, or {@code *} for all collections
 * @param tenant the owner of the points in scope
 * @param scopeSetting the setting that selects another scope, for messages
 * @param mode {@code SNAPSHOT} or {@code SCROLL}; for one of several tenants always {@code SCROLL}, because a snapshot
 *     contains all of them
 * @param layout what the system calls its parts
 */
record QdrantSettings(
        List<URI> urls,
        String urlSetting,
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

    static final SettingSpec URLS = SettingSpec.url(
            "QDRANT_URLS",
            null,
            "The URLs of the REST APIs of all nodes of a Qdrant cluster, separated by commas. Each node must be named exactly"
                    + " once: ngbak compares the list with the peers of the cluster. ngbak reads and writes points through the"
                    + " first, or through the one that `QDRANT_URL` names, which must be in the list. Without this setting, a"
                    + " cluster has only the mode `scroll` and the consistency grade `fuzzy`.");

    static final SettingSpec GRPC_PORT = SettingSpec.plain(
            "QDRANT_GRPC_PORT",
            "6334",
            "The port of Qdrant's gRPC API on the host of `QDRANT_URL`, or of the node through which ngbak reads a cluster,"
                    + " with TLS if the URL is `https://`. ngbak reads points through it when it computes digests, which is"
                    + " faster. If the port is closed or belongs to another server, ngbak uses REST, with the same result. `0`"
                    + " means REST only.");

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
                    + " minor version. Those of a cluster, which needs `QDRANT_URLS`, are taken shard by shard. `scroll`"
                    + " archives the points, for any version and any number of nodes, and always for one of several tenants."
                    + " A restore accepts both forms.");

    static final List<SettingSpec> ALL = List.of(URL, URLS, GRPC_PORT, API_KEY, PREFIX, MODE);

    private static final int MAX_PORT = 65_535;

    static QdrantSettings of(Settings settings) {
        GraphLayout layout = GraphLayout.of(settings);
        StoreScope scope = layout.scope(Role.VECTOR, settings);
        Tenant tenant = new Tenant(scope.payload());
        String mode = settings.choice(MODE.name(), MODE.defaultValue(), ArchiveForm.MODES);
        boolean isList = URLS.text(settings).isPresent();
        return new QdrantSettings(
                isList ? urls(settings) : List.of(url(URL.name(), URL.required(settings))),
                isList ? URLS.name() : URL.name(),
                (int) settings.number(GRPC_PORT.name(), Long.parseLong(GRPC_PORT.defaultValue()), 0, MAX_PORT),
                Optional.ofNullable(settings.secret(API_KEY.name())),
                PREFIX.text(settings).orElse(scope.name()),
                tenant,
                scope.setting().isEmpty() ? PREFIX.name() : scope.setting(),
                tenant.sharesCollections() || mode.equals(ArchiveForm.SCROLL.id())
                        ? ArchiveForm.SCROLL
                        : ArchiveForm.SNAPSHOT,
                layout);
    }

    private static List<URI> urls(Settings settings) {
        List<URI> urls = new ArrayList<>();
        for (String text : URLS.required(settings).split(",", -1)) {
            URI url = url(URLS.name(), text.strip());
            if (urls.contains(url)) {
                throw new BackupException(
                        Kind.INVALID, URLS.name() + " contains " + url + " twice", "Name each node once");
            }
            urls.add(url);
        }
        String first = settings.text(URL.name());
        if (first != null) {
            URI preferred = url(URL.name(), first);
            if (!urls.remove(preferred)) {
                throw Settings.unusable(
                        URL.name(), first, "one of the URLs in " + URLS.name() + ", or not set if that is set");
            }
            urls.add(0, preferred);
        }
        return List.copyOf(urls);
    }

    private static URI url(String setting, String text) {
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
        throw Settings.unusable(setting, hidden(text), "http://host:port or https://host:port");
    }

    /** Returns a URL without the password that it may contain. */
    private static String hidden(String url) {
        return url.replaceAll("//[^/@]*@", "//***@");
    }

    /** Returns the URL of the node through which ngbak reads and writes collections. */
    URI url() {
        return urls.get(0);
    }

    /** Returns the settings of a single node. */
    QdrantSettings at(URI url) {
        return new QdrantSettings(
                List.of(url), urlSetting, grpcPort, apiKey, prefix, tenant, scopeSetting, mode, layout);
    }

    /** Returns whether the settings name the nodes of a cluster. */
    boolean namesNodes() {
        return urlSetting.equals(URLS.name());
    }

    boolean isHttps() {
        return url().getScheme().equals("https");
    }

    /** Returns whether the points in scope may be in a collection. */
    boolean includes(String collection) {
        return prefix.equals("*") || collection.startsWith(prefix + "_");
    }

    /** Returns the name of the server or the cluster for messages. */
    String displayName() {
        return "Qdrant at " + urls.stream().map(URI::toString).sorted().collect(Collectors.joining(", "));
    }
}
