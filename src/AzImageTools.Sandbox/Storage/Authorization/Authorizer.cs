using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Authorization;

/// <summary>Decides who may do what in a storage account: by bearer token, account key or shared access signature.</summary>
internal sealed class Authorizer(CloudState state)
{
    /// <summary>Refuses a request that proves no right to what it asks for.</summary>
    /// <param name="request">The request.</param>
    /// <param name="account">The account that is asked.</param>
    /// <param name="container">The container in the path; empty for none.</param>
    /// <param name="blob">The blob in the path; null for none.</param>
    /// <param name="need">What a signature must allow.</param>
    public void Check(CloudRequest request, StorageAccount account, string container, string? blob, AccessNeed need)
    {
        if (!account.Settings.IsReachable)
        {
            throw StorageException.Forbidden("AuthorizationFailure", "This request is not authorized to perform this operation.");
        }

        if (request.HasBearerToken)
        {
            return;
        }

        if (request.Query.ContainsKey("sig"))
        {
            CheckSignature(new SasQuery(request.Query), request.Uri, account, container, blob, need);
        }
        else if (request.Header("Authorization") is { } authorization)
        {
            CheckKeys(account);
            SharedKey.Check(request, authorization, account);
        }
        else
        {
            throw StorageException.Unauthenticated("https://storage.azure.com");
        }
    }

    /// <summary>Refuses an address whose signature does not allow what is needed.</summary>
    public void CheckSignature(SasQuery sas, Uri address, StorageAccount account, string container, string? blob, AccessNeed need)
    {
        if (sas["skoid"].Length > 0)
        {
            UserDelegation.Check(sas, account, container, blob, state.Now);
        }
        else
        {
            CheckKeys(account);
            SharedAccessSignature.CheckSignedByKey(sas, account, container, blob);
        }

        SharedAccessSignature.CheckLimits(sas, address, need, state.Now);
    }

    private static void CheckKeys(StorageAccount account)
    {
        if (!account.Settings.AllowsKeys)
        {
            throw StorageException.Forbidden("KeyBasedAuthenticationNotPermitted", "Key based authentication is not permitted on this storage account.");
        }
    }
}
