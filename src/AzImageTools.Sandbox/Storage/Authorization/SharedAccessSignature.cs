using System.Globalization;

namespace AzImageTools.Sandbox.Storage.Authorization;

/// <summary>
/// Issues and checks signatures that an account's key made: for a whole account, a container or a blob (Microsoft Learn, "Create an
/// account SAS", "Create a service SAS", version 2015-04-05 and later). <c>sip</c> is not checked: in the sandbox nobody has an address.
/// </summary>
internal static class SharedAccessSignature
{
    /// <summary>The version that the sandbox's own signatures are of.</summary>
    private const string IssuedVersion = "2023-11-03";

    private const string FirstVersion = "2015-04-05";
    private const string FirstWithResource = "2018-11-09";
    private const string FirstWithEncryptionScope = "2020-12-06";

    private static readonly string[] ContentOverrides = ["rscc", "rscd", "rsce", "rscl", "rsct"];

    /// <summary>The query of an address that may do <paramref name="permissions"/> to one blob, or to a container where <paramref name="blob"/> is null.</summary>
    public static string CreateQuery(StorageAccount account, string container, string? blob, string permissions, DateTimeOffset expiry)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["sv"] = IssuedVersion,
            ["sr"] = blob is null ? "c" : "b",
            ["sp"] = permissions,
            ["se"] = expiry.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        parameters["sig"] = Secrets.Sign(account.Keys[0].Value, ServiceText(new SasQuery(parameters), account.Name, container, blob));
        return string.Join("&", parameters.Select(parameter => parameter.Key + "=" + Uri.EscapeDataString(parameter.Value)));
    }

    /// <summary>Refuses a signature that neither of the account's keys made.</summary>
    public static void CheckSignedByKey(SasQuery sas, StorageAccount account, string container, string? blob)
    {
        CheckVersion(sas);
        var text = sas.IsForAccount ? AccountText(sas, account.Name) : ServiceText(sas, account.Name, container, blob);
        if (!account.Keys.Any(key => Secrets.AreEqual(sas["sig"], Secrets.Sign(key.Value, text))))
        {
            throw NotMatching(text);
        }
    }

    /// <summary>Refuses a signature of a version that can't be checked.</summary>
    public static void CheckVersion(SasQuery sas)
    {
        if (!sas.IsSince(FirstVersion))
        {
            throw StorageException.AuthenticationFailed("sv is mandatory. Cannot be empty, or is before the oldest version that the sandbox takes, " + FirstVersion + ".");
        }
    }

    /// <summary>Refuses what a genuine signature does not allow: later, elsewhere, by another protocol, to do something else.</summary>
    public static void CheckLimits(SasQuery sas, Uri address, AccessNeed need, DateTimeOffset now)
    {
        if (sas.Time("se") is not { } expiry || now >= expiry || (sas["st"].Length > 0 && (sas.Time("st") is not { } start || now < start)))
        {
            throw StorageException.AuthenticationFailed("Signature not valid in the specified time frame.");
        }

        if (string.Equals(sas["spr"], "https", StringComparison.OrdinalIgnoreCase) && address.Scheme != Uri.UriSchemeHttps)
        {
            throw StorageException.Forbidden("AuthorizationProtocolMismatch", "This request is not authorized to perform this operation using this protocol.");
        }

        if (sas.IsForAccount)
        {
            if (sas["ss"].IndexOf('b') < 0)
            {
                throw StorageException.Forbidden("AuthorizationServiceMismatch", "This request is not authorized to perform this operation using this service.");
            }

            if (sas["srt"].IndexOf(need.Level) < 0)
            {
                throw StorageException.Forbidden("AuthorizationResourceTypeMismatch", "This request is not authorized to perform this operation using this resource type.");
            }
        }
        else if (!need.ByService)
        {
            throw StorageException.Forbidden("AuthorizationFailure", "This request is not authorized to perform this operation.");
        }

        need.CheckPermissions(sas["sp"]);
    }

    /// <summary>What names a signed container or blob; a container's signature is good for all of its blobs.</summary>
    public static string CanonicalResource(SasQuery sas, string account, string container, string? blob) => sas["sr"] switch
    {
        "c" => "/blob/" + account + "/" + container,
        "b" or "bs" when blob is not null => "/blob/" + account + "/" + container + "/" + blob,
        _ => throw StorageException.AuthenticationFailed("The specified signed resource is not allowed for the this resource level"),
    };

    /// <summary>The snapshot that a signature is for; empty for all else.</summary>
    public static string Snapshot(SasQuery sas) => sas["sr"] is "bs" ? sas["snapshot"] : "";

    /// <summary>What the end of each text to sign repeats of the headers that answers are to have.</summary>
    public static IEnumerable<string> Overrides(SasQuery sas) => ContentOverrides.Select(name => sas[name]);

    public static StorageException NotMatching(string text)
        => StorageException.AuthenticationFailed("Signature did not match. String to sign used was " + text);

    private static string AccountText(SasQuery sas, string account)
    {
        List<string> lines = [account, sas["sp"], sas["ss"], sas["srt"], sas["st"], sas["se"], sas["sip"], sas["spr"], sas["sv"]];
        if (sas.IsSince(FirstWithEncryptionScope))
        {
            lines.Add(sas["ses"]);
        }

        return string.Join("\n", lines) + "\n";
    }

    private static string ServiceText(SasQuery sas, string account, string container, string? blob)
    {
        List<string> lines = [sas["sp"], sas["st"], sas["se"], CanonicalResource(sas, account, container, blob), sas["si"], sas["sip"], sas["spr"], sas["sv"]];
        if (sas.IsSince(FirstWithResource))
        {
            lines.Add(sas["sr"]);
            lines.Add(Snapshot(sas));
        }

        if (sas.IsSince(FirstWithEncryptionScope))
        {
            lines.Add(sas["ses"]);
        }

        lines.AddRange(Overrides(sas));
        return string.Join("\n", lines);
    }
}
