using AzImageTools.Disks;
using AzImageTools.Errors;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Commands;

/// <summary>
/// The base of cmdlets that make images of what is in Azure. They begin when all that is piped to them is known: where two
/// would become one image, none of the two is begun, since making an image may cost what it is made of.
/// </summary>
public abstract class ImageCmdlet : AzureCmdlet
{
    private readonly List<PreparedImage> _prepared = [];

    private protected ImageCmdlet()
    {
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        try
        {
            _prepared.Add(Prepare());
        }
        catch (ImageServiceException exception)
        {
            WriteError(ErrorRecords.From(exception));
        }
    }

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        foreach (PreparedImage image in _prepared)
        {
            if (_prepared.Find(other => other != image && image.HasTargetOf(other)) is { } other)
            {
                WriteError(ErrorRecords.From(new ImageServiceException(
                    "TargetGivenTwice",
                    ErrorKind.InvalidArgument,
                    $"{image.Source} would become the {image.Target}, and so would {(image.Source == other.Source ? "the same, given again" : other.Source)}.",
                    "Give each image a name of its own.",
                    image.Source)));
            }
            else
            {
                Run(image.Body);
            }
        }
    }

    /// <summary>What is to be done, by the parameters as they are bound now; called on the pipeline's thread.</summary>
    /// <exception cref="ImageServiceException">The parameters can't be used so.</exception>
    private protected abstract PreparedImage Prepare();

    private protected sealed override Task ProcessAsync(IStreamSink sink, OperationContext context) => Task.CompletedTask;

    /// <summary>The resource group that a resource id names; null for none.</summary>
    private protected static string? ResourceGroupOf(string? resourceId)
    {
        string[] parts = resourceId?.Split('/') ?? [];
        return parts.Length > 4 ? parts[4] : null;
    }
}

/// <summary>What is to be made an image of.</summary>
/// <param name="Source">What it is made of.</param>
/// <param name="Target">The image in words, which differ for what differs; null where it is one of its own anyway.</param>
/// <param name="Body">The work.</param>
internal sealed record PreparedImage(string Source, string? Target, Func<IStreamSink, OperationContext, Task> Body)
{
    /// <summary>Whether another would be made the same image.</summary>
    public bool HasTargetOf(PreparedImage other) => Target is not null && string.Equals(Target, other.Target, StringComparison.OrdinalIgnoreCase);
}
