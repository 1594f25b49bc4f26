namespace AzImageTools.Disks.Conversion;

/// <summary>
/// Hands items from several threads to one, a bounded number at a time. Who has to wait sleeps at once: a <see cref="System.Collections.Concurrent.BlockingCollection{T}"/> first
/// gives its turn at the processor away again and again, and where others want it, each takes as long as an item does.
/// </summary>
/// <param name="capacity">How many items may wait.</param>
internal sealed class BoundedQueue<T>(int capacity)
{
    private readonly Queue<T> _items = new(capacity);
    private bool _isComplete;
    private bool _isAbandoned;

    /// <summary>Adds an item as soon as there is room for it.</summary>
    /// <returns>Whether it was added; not where nobody takes items any more.</returns>
    public bool TryAdd(T item)
    {
        lock (_items)
        {
            while (_items.Count == capacity && !_isAbandoned)
            {
                Monitor.Wait(_items);
            }

            if (_isAbandoned)
            {
                return false;
            }

            _items.Enqueue(item);
            if (_items.Count == 1)
            {
                // Only now can anybody wait for an item. All are woken: one alone could be an adder, that finds no room and wakes nobody.
                Monitor.PulseAll(_items);
            }

            return true;
        }
    }

    /// <summary>No item is added any more.</summary>
    public void Complete()
    {
        lock (_items)
        {
            _isComplete = true;
            Monitor.PulseAll(_items);
        }
    }

    /// <summary>No item is taken any more.</summary>
    public void Abandon()
    {
        lock (_items)
        {
            _isAbandoned = true;
            Monitor.PulseAll(_items);
        }
    }

    /// <summary>Takes the items in the order in which they were added, each as soon as it is there, until all that were added are taken.</summary>
    public IEnumerable<T> TakeAll()
    {
        while (true)
        {
            T item;
            lock (_items)
            {
                while (_items.Count == 0 && !_isComplete)
                {
                    Monitor.Wait(_items);
                }

                if (_items.Count == 0)
                {
                    yield break;
                }

                item = _items.Dequeue();
                if (_items.Count == capacity - 1)
                {
                    // Only now can anybody wait for room.
                    Monitor.PulseAll(_items);
                }
            }

            yield return item;
        }
    }
}
