using System.Management.Automation;
using AzImageTools.Errors;
using AzImageTools.Services;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Session;

/// <summary>
/// A context of Az.Storage (New-AzStorageContext), or something that has one, as the accounts, containers and blobs of
/// Az.Storage do. It is read by property name, so that any version of Az.Storage will do.
/// </summary>
public sealed class AzStorageContext
{
    private readonly PSObject _context;

    internal AzStorageContext(object context) => _context = PSObject.AsPSObject(context);

    /// <summary>Never what is in it.</summary>
    public override string ToString() => "storage context";

    /// <summary>Reads a parameter's context, and writes an error where it can't be used. Called on the pipeline's thread.</summary>
    /// <param name="cmdlet">The running cmdlet.</param>
    /// <param name="value">The context; null where none was given.</param>
    /// <param name="connection">The context, read; null for none.</param>
    /// <returns>False where it can't be used.</returns>
    internal static bool TryRead(PSCmdlet cmdlet, AzStorageContext? value, out StorageConnection? connection)
    {
        try
        {
            connection = value?.Read();
            return true;
        }
        catch (ImageServiceException exception)
        {
            cmdlet.WriteError(ErrorRecords.From(exception));
            connection = null;
            return false;
        }
    }

    /// <summary>Reads the context. Called on the pipeline's thread: the context of Get-AzStorageAccount asks Azure for its key only now.</summary>
    /// <exception cref="ImageServiceException">It can't be read, or carries no credential that an upload can use (StorageContextUnusable).</exception>
    internal StorageConnection Read()
    {
        PSObject context = _context;
        try
        {
            if (context.Properties["ConnectionString"] is null && context.Properties["Context"]?.Value is { } inner)
            {
                context = PSObject.AsPSObject(inner);
            }

            return new StorageConnection(
                context.Properties["ConnectionString"]?.Value as string,
                context.Properties["StorageAccountName"]?.Value as string,
                context.Properties["BlobEndPoint"]?.Value as string,
                IsSignedIn(context));
        }
        catch (GetValueException exception)
        {
            // Not its cause: what that says of the account is not ours to judge.
            throw StorageConnection.Unreadable((exception.InnerException ?? exception).Message);
        }
    }

    /// <summary>Whether it is one of New-AzStorageContext -UseConnectedAccount. Its own credential is Az's, and the session asks Az for tokens anyway.</summary>
    private static bool IsSignedIn(PSObject context)
        => Inner(Inner(context, "StorageAccount"), "Credentials")?.Properties["IsToken"]?.Value is true || Inner(context, "Track2OauthToken") is not null;

    private static PSObject? Inner(PSObject? from, string property) => from?.Properties[property]?.Value is { } value ? PSObject.AsPSObject(value) : null;
}

/// <summary>A parameter that takes a context of Az.Storage, or what has one. What can't be used is an error of the upload, which tells why.</summary>
internal sealed class AnyStorageContextAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
        => inputData is null ? null! : inputData is PSObject { BaseObject: AzStorageContext read } ? read : inputData as AzStorageContext ?? new AzStorageContext(inputData);
}
