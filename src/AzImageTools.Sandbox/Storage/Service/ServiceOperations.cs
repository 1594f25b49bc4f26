using System.Globalization;
using System.Net;
using System.Xml.Linq;
using AzImageTools.Sandbox.Storage.Authorization;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>What is asked of the blob service of a whole account: its properties, what kind it is of, keys for user delegations.</summary>
internal sealed class ServiceOperations(CloudState state)
{
    /// <summary>What a new account has (REST reference, Get Blob Service Properties).</summary>
    private const string Defaults
        = "<StorageServiceProperties>"
        + "<Logging><Version>1.0</Version><Read>false</Read><Write>false</Write><Delete>false</Delete><RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></Logging>"
        + "<HourMetrics><Version>1.0</Version><Enabled>true</Enabled><IncludeAPIs>true</IncludeAPIs><RetentionPolicy><Enabled>true</Enabled><Days>7</Days></RetentionPolicy></HourMetrics>"
        + "<MinuteMetrics><Version>1.0</Version><Enabled>false</Enabled><RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></MinuteMetrics>"
        + "<Cors /><DeleteRetentionPolicy><Enabled>false</Enabled></DeleteRetentionPolicy><StaticWebsite><Enabled>false</Enabled></StaticWebsite>"
        + "</StorageServiceProperties>";

    /// <summary>The object that the sandbox's tokens are of, whoever they name.</summary>
    private const string UserObjectId = "5a4db0c5-0000-4000-8000-0000000000bb";

    public HttpResponseMessage GetProperties(StorageAccount account)
    {
        lock (state.Gate)
        {
            return StorageReply.Xml(HttpStatusCode.OK, account.ServiceProperties ?? Defaults);
        }
    }

    /// <summary>Each section that is given takes the place of the one there was.</summary>
    public HttpResponseMessage SetProperties(CloudRequest request, StorageAccount account)
    {
        var given = XmlBody.Read(request, "StorageServiceProperties");
        lock (state.Gate)
        {
            var properties = XElement.Parse(account.ServiceProperties ?? Defaults);
            foreach (var section in given.Elements())
            {
                if (properties.Element(section.Name) is not { } existing)
                {
                    throw new StorageException(HttpStatusCode.BadRequest, "InvalidXmlDocument", "XML specified is not syntactically valid.");
                }

                existing.ReplaceWith(section);
            }

            account.ServiceProperties = properties.ToString(SaveOptions.DisableFormatting);
            return StorageReply.Empty(HttpStatusCode.Accepted);
        }
    }

    public static HttpResponseMessage GetAccountInformation(StorageAccount account)
        => StorageReply.Empty(HttpStatusCode.OK)
            .With("x-ms-sku-name", account.Settings.Sku)
            .With("x-ms-account-kind", account.Settings.Kind)
            .With("x-ms-is-hns-enabled", account.Settings.IsHierarchical ? "true" : "false");

    /// <summary>Get User Delegation Key: given to those who came with a token, for seven days at most.</summary>
    public HttpResponseMessage GetDelegationKey(CloudRequest request, StorageAccount account)
    {
        if (!request.HasBearerToken)
        {
            throw StorageException.AuthenticationFailed("Only authentication scheme Bearer is supported");
        }

        var info = XmlBody.Read(request, "KeyInfo");
        var start = ReadTime(info, "Start") ?? state.Now;
        var expiry = ReadTime(info, "Expiry") ?? throw InvalidValue("Expiry", "");
        if (expiry <= start || expiry <= state.Now || expiry > state.Now + UserDelegation.Longest)
        {
            throw InvalidValue("Expiry", (string?)info.Element("Expiry") ?? "");
        }

        var version = ServiceVersions.Of(request) ?? ServiceVersions.Default;
        var (from, to) = (UserDelegation.Format(start), UserDelegation.Format(expiry));
        return StorageReply.Xml(
            HttpStatusCode.OK,
            new XElement(
                "UserDelegationKey",
                new XElement("SignedOid", UserObjectId),
                new XElement("SignedTid", state.Options.TenantId),
                new XElement("SignedStart", from),
                new XElement("SignedExpiry", to),
                new XElement("SignedService", "b"),
                new XElement("SignedVersion", version),
                new XElement("Value", UserDelegation.CreateKey(account, UserObjectId, state.Options.TenantId, from, to, version))));
    }

    private static DateTimeOffset? ReadTime(XElement info, string name)
    {
        var text = (string?)info.Element(name);
        return string.IsNullOrEmpty(text) ? null
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time
            : throw InvalidValue(name, text!);
    }

    private static StorageException InvalidValue(string node, string value)
        => new(HttpStatusCode.BadRequest, "InvalidXmlNodeValue", "The value for one of the XML nodes is not in the correct format.")
        {
            Details = [("XmlNodeName", node), ("XmlNodeValue", value)],
        };
}
