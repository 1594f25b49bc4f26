using System.Globalization;

namespace AzImageTools.Sandbox.Storage.Authorization;

/// <summary>
/// Keys that a signed-in user is given for a while, and the signatures made with them (Microsoft Learn, "Create a user delegation SAS";
/// what later versions added: the storage SDKs). A key is made of what it says, so that none has to be kept.
/// </summary>
internal static class UserDelegation
{
    /// <summary>The longest that a key is good for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private const string FirstVersion = "2018-11-09";
    private const string FirstWithAgents = "2020-02-10";
    private const string FirstWithEncryptionScope = "2020-12-06";
    private const string FirstWithDelegatedUser = "2025-07-05";
    private const string FirstWithRequest = "2026-04-06";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>A key's secret, in base64.</summary>
    public static string CreateKey(StorageAccount account, string objectId, string tenantId, string start, string expiry, string version)
        => Secrets.Sign(account.DelegationSecret, string.Join("\n", objectId, tenantId, start, expiry, "b", version));

    public static string Format(DateTimeOffset time) => time.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>Refuses a signature that the key it names did not make, or whose key is not good now.</summary>
    public static void Check(SasQuery sas, StorageAccount account, string container, string? blob, DateTimeOffset now)
    {
        if (!sas.IsSince(FirstVersion) || sas["sks"] is not "b")
        {
            throw StorageException.AuthenticationFailed("sv or sks is not valid.");
        }

        var key = Convert.FromBase64String(CreateKey(account, sas["skoid"], sas["sktid"], sas["skt"], sas["ske"], sas["skv"]));
        var text = Text(sas, account.Name, container, blob);
        if (!Secrets.AreEqual(sas["sig"], Secrets.Sign(key, text)))
        {
            throw SharedAccessSignature.NotMatching(text);
        }

        if (sas.Time("skt") is not { } start || sas.Time("ske") is not { } expiry || now < start || now >= expiry || sas.Time("se") > expiry)
        {
            throw StorageException.AuthenticationFailed("Signed key or signature not valid in the specified time frame.");
        }
    }

    private static string Text(SasQuery sas, string account, string container, string? blob)
    {
        List<string> lines =
        [
            sas["sp"], sas["st"], sas["se"], SharedAccessSignature.CanonicalResource(sas, account, container, blob),
            sas["skoid"], sas["sktid"], sas["skt"], sas["ske"], sas["sks"], sas["skv"],
        ];
        if (sas.IsSince(FirstWithAgents))
        {
            lines.AddRange([sas["saoid"], sas["suoid"], sas["scid"]]);
        }

        if (sas.IsSince(FirstWithDelegatedUser))
        {
            lines.AddRange([sas["skdutid"], sas["sduoid"]]);
        }

        lines.AddRange([sas["sip"], sas["spr"], sas["sv"], sas["sr"], SharedAccessSignature.Snapshot(sas)]);
        if (sas.IsSince(FirstWithEncryptionScope))
        {
            lines.Add(sas["ses"]);
        }

        if (sas.IsSince(FirstWithRequest))
        {
            lines.AddRange([sas["srh"], sas["srq"]]);
        }

        lines.AddRange(SharedAccessSignature.Overrides(sas));
        return string.Join("\n", lines);
    }
}
